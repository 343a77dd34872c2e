from __future__ import annotations

from typing import Any

from gatewayd.config import parse
from gatewayd.supervisor.reloading import applicable, differences

PHONE = {"name": "phone1", "port": "/dev/ttyUSB0"}


def phone(**changes: Any) -> dict[str, Any]:
    return PHONE | changes


def test_equal_configurations_differ_in_nothing() -> None:
    raw = {"modem": [PHONE], "queue": {"attempts": 3}}
    assert differences(parse(raw), parse(raw)) == []


def test_differences_are_named_by_their_keys() -> None:
    before = parse({"modem": [phone(baudrate=9600), phone(name="old", port="/dev/old")]})
    wanted = parse({"modem": [PHONE, phone(name="new", port="/dev/new")], "queue": {"attempts": 3}})
    assert differences(before, wanted) == [
        "queue.attempts",
        "modem.phone1.baudrate",
        "modem.old",
        "modem.new",
    ]


def test_log_recipients_lists_and_intervals_are_applied() -> None:
    before = parse({"modem": [PHONE]})
    wanted = parse(
        {
            "modem": [phone(interval=3.0)],
            "log": {"level": "debug"},
            "recipients": {"countries": ["PT"]},
            "on_call": [{"name": "night", "recipients": ["+351912345678"]}],
        }
    )
    assert applicable(before, wanted) == wanted


def test_everything_else_stays_as_it_was() -> None:
    before = parse({"modem": [PHONE]})
    wanted = parse({"modem": [phone(baudrate=9600)], "api": {"grace": 1.0}, "log": {"level": "debug"}})
    applied = applicable(before, wanted)
    assert differences(before, applied) == ["log.level"]
    assert differences(applied, wanted) == ["api.grace", "modem.phone1.baudrate"]


def test_modem_that_was_removed_keeps_its_interval() -> None:
    before = parse({"modem": [phone(interval=3.0)]})
    assert applicable(before, parse({})).modems == before.modems
