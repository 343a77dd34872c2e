from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [("--error", "38", "expected CODE@WHEN"), ("--profile", "nokia3310", "there is no profile 'nokia3310'")],
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
