from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatewayd.config import Config, ConfigError, parse


def with_pin(pin: Any) -> Config:
    return parse({"modem": [{"name": "a", "port": "/dev/a", "pin": pin}]})


def pin_of(config: Config) -> str:
    pin = config.modems[0].pin
    assert pin is not None
    return pin.get_secret_value()


def test_secret_may_stand_in_the_file_itself() -> None:
    assert pin_of(with_pin("1234")) == "1234"


def test_secret_is_read_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("4321\n")
    assert pin_of(with_pin({"file": str(tmp_path / "pin")})) == "4321"


def test_secret_is_read_from_a_systemd_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pin").write_text("4321")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert pin_of(with_pin({"credential": "pin"})) == "4321"


@pytest.mark.parametrize(
    ("pin", "words"),
    [
        ({"file": "/nowhere/pin"}, "modem.a.pin: /nowhere/pin can't be read: No such file"),
        ({"credential": "pin"}, "CREDENTIALS_DIRECTORY is not set"),
        ({"credential": "../pin"}, 'must be a text, { file = "PATH" }'),
        ({"file": "/dev/null", "credential": "pin"}, 'must be a text, { file = "PATH" }'),
        ({"file": "/dev/zero"}, "/dev/zero is too long for a secret"),
    ],
)
def test_secret_that_cannot_be_had_is_a_problem(
    pin: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError) as caught:
        with_pin(pin)
    assert words in str(caught.value)


def test_wrong_secret_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a PIN has 4 to 8 digits") as caught:
        with_pin("geheim")
    assert "geheim" not in str(caught.value)
    assert "geheim" not in repr(with_pin("1234"))
