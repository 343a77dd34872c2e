from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--error", "38", "expected CODE@WHEN"),
        ("--profile", "nokia3310", "there is no profile 'nokia3310'"),
        ("--report-status", "delivered", "two hexadecimal digits"),
        ("--deliver", "hello", "write it as +34600000001:hello"),
    ],
)
def test_impossible_simulation_is_wrong_usage(
    run: Run, tmp_path: Path, option: str, value: str, words: str
) -> None:
    result = run("simulate", "--link", tmp_path / "phone", option, value)
    assert result.status == 2
    assert words in result.errors


def test_link_whose_name_is_taken_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "phone").write_text("precious")
    result = run("simulate", "--link", tmp_path / "phone")
    assert result.status == 1
    assert "exists and is no symbolic link" in result.errors
    assert (tmp_path / "phone").read_text() == "precious"


def test_message_from_an_impossible_sender_can_t_be_delivered(run: Run, tmp_path: Path) -> None:
    result = run("simulate", "--link", tmp_path / "phone", "--deliver", "a name that is too long:hello")
    assert result.status == 1
    assert "longer than 11 characters" in result.errors
