"""docs/security.md names every requirement of ASVS 5.0.0, levels 1 and 2, once, and only what exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = re.findall(
    r"^\| ([0-9][0-9., –]*) \| (\S+) \| (.+) \|$", PAGE.partition("## ASVS")[2].partition("## Gaps")[0], re.M
)
GAPS = re.findall(r"^\| ([0-9][0-9., –]*) \|", PAGE.partition("\n## Gaps")[2], re.MULTILINE)

#: How many requirements of levels 1 and 2 each section has; they are numbered from 1 without a hole.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip


def numbers(text: str) -> list[str]:
    """``1.2.6–1.2.8, 1.3.1`` as a list."""
    found: list[str] = []
    for item in text.split(", "):
        first, _, last = item.partition("–")
        section, _, start = first.rpartition(".")
        end = last.rpartition(".")[2] or start
        found += [f"{section}.{number}" for number in range(int(start), int(end) + 1)]
    return found


def test_every_requirement_is_answered_once() -> None:
    answered = Counter(number for ids, _, _ in ROWS for number in numbers(ids))
    wanted = {f"{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)}
    assert len(wanted) == 253
    assert answered == Counter(wanted)


def test_states_are_those_that_the_page_explains() -> None:
    assert {state for _, state, _ in ROWS} == {"met", "operator", "n/a", "gap"}


def test_every_gap_is_explained_and_nothing_else() -> None:
    said = {number for ids, state, _ in ROWS if state == "gap" for number in numbers(ids)}
    assert said == {number for ids in GAPS for number in numbers(ids)}


@pytest.mark.parametrize(
    "path",
    sorted(
        set(
            re.findall(r"`((?:gatewayd|tests|docs|tools|systemd|requirements)/[^` ]+|pyproject\.toml)`", PAGE)
        )
    ),
)
def test_file_that_the_page_names_exists(path: str) -> None:
    found = list(ROOT.glob(path))
    assert found, f"docs/security.md names {path}, which is not there"


def test_what_is_met_says_where_or_why() -> None:
    assert all(len(why) > 5 for _, _, why in ROWS)
