"""`[[on_call]]`: what is wrong with a list comes to light when the file is read, not when there is an alert."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatewayd.config import parse

from .test_loading import problems

LIST = '[[on_call]]\nname = "night"\nrecipients = ["+34600123456"]\n'


def test_one_value_of_a_label_may_stand_without_a_list() -> None:
    config = parse({"on_call": [{"name": "db", "recipients": ["+34600123456"], "match": {"team": "db"}}]})
    assert config.on_call[0].match == {"team": ("db",)}
    assert config.on_call[0].critical == {"severity": ("critical",)}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            'quiet_hours = "22-7"',
            'on_call.night.quiet_hours = "22-7": must be two times of day, such as 22:00-07:00',
        ),
        (
            'time_zone = "Madrid"',
            "on_call.night.time_zone = \"Madrid\": there is no time zone 'Madrid'; write it as in `Europe/Madrid`",
        ),
        (
            "parts = 10\n[queue]\nmax_parts = 3",
            "on_call.night.parts = 10: no message has more than [queue] max_parts = 3",
        ),
        (
            'match = { "a-b" = "x" }',
            "on_call.night.match.a-b.[key] = \"a-b\": must match pattern '^[a-zA-Z_][a-zA-Z0-9_]*$'",
        ),
        (
            "match = { team = [] }",
            "on_call.night.match.team = []: must have at least 1 item after validation, not 0",
        ),
        (
            "[recipients]\ncountries = ['PT']",
            "on_call.night.recipients[1]: numbers of ES are not allowed here (allowed: PT)",
        ),
    ],
)
def test_wrong_option_is_named(tmp_path: Path, lines: str, said: str) -> None:
    assert problems(tmp_path, LIST + lines) == [said]


def test_wrong_number_is_named_by_its_place_and_not_shown(tmp_path: Path) -> None:
    assert problems(tmp_path, '[[on_call]]\nname = "a"\nrecipients = ["+34600123456", "600123456"]') == [
        "on_call.a.recipients[2]: the number has no country code that exists"
    ]


def test_lists_with_one_name_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, LIST + LIST) == [
        'on_call.night.name = "night": another on_call has this name already'
    ]
