"""The configuration of a modem."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gatewayd.modem.settings import ModemSettings, SimulatedModem

PLAIN = {"name": "phone1", "port": "/dev/ttyUSB0"}


def test_settings_of_a_plain_modem_keep_7_seconds_between_submits() -> None:
    settings = ModemSettings.model_validate(PLAIN)
    assert (settings.driver, settings.baudrate, settings.interval) == ("at", 115200, 7.0)
    assert (settings.command_timeout, settings.prompt_timeout, settings.submit_timeout) == (5.0, 10.0, 180.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a b"},
        {"port": None},
        {"interval": -1},
        {"interval": "nan"},
        {"pin": "12"},
        {"pin": "123456789"},
        {"pin": "12a4"},
        {"pin": "١٢٣٤"},
        {"smsc": "call me"},
        {"smsc": '+34";AT'},
        {"submit_timeout": 0},
        {"driver": "carrier pigeon"},
        {"reports": "sometimes"},
        {"speed": 9600},
        {"simulator": {"errors": ["38"]}},
    ],
)
def test_settings_with_an_impossible_value_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModemSettings.model_validate(PLAIN | wrong)


def test_settings_never_show_the_pin() -> None:
    settings = ModemSettings.model_validate(PLAIN | {"pin": "4711"})
    assert "4711" not in repr(settings)
    with pytest.raises(ValidationError) as refused:
        ModemSettings.model_validate(PLAIN | {"pin": "47110815911"})
    assert "a PIN has 4 to 8 digits" in str(refused.value)
    assert "4711" not in str(refused.value)


def test_settings_of_a_simulated_modem_need_no_port() -> None:
    assert ModemSettings.model_validate({"name": "demo", "driver": "simulator"}).port is None


@pytest.mark.parametrize("model", [ModemSettings, SimulatedModem])
def test_every_setting_says_what_it_is_for(model: type[ModemSettings]) -> None:
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize("octet", [chr(octet) for octet in range(256) if not chr(octet).isdecimal()])
@pytest.mark.parametrize("key", ["smsc", "pin"])
def test_number_of_the_service_centre_and_pin_take_digits_only(key: str, octet: str) -> None:
    value = f"+34600{octet}000000" if key == "smsc" else f"12{octet}34"
    with pytest.raises(ValidationError):
        ModemSettings.model_validate({"name": "phone1", "port": "/dev/ttyUSB0", key: value})
