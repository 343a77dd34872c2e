from __future__ import annotations

from pathlib import Path

import pytest

from gatewayd.modem.simulator import SimulatorSettings


def luhn_sum(digits: str) -> int:
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled)


def test_settings_without_identity_derive_a_valid_one_from_the_link() -> None:
    first, again = SimulatorSettings(link=Path("/run/a")), SimulatorSettings(link=Path("/run/a"))
    assert (first.imei, first.iccid) == (again.imei, again.iccid)
    assert (len(first.imei), len(first.iccid)) == (15, 19)
    assert luhn_sum(first.imei) % 10 == luhn_sum(first.iccid) % 10 == 0


def test_settings_of_two_links_differ_in_identity() -> None:
    assert SimulatorSettings(link=Path("/run/a")).imei != SimulatorSettings(link=Path("/run/b")).imei


@pytest.mark.parametrize("wrong", [{"latency": -1.0}, {"jitter": -0.1}, {"slots": 0}, {"report_after": -1.0}])
def test_settings_with_an_impossible_value_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"seconds|slots|SIM"):
        SimulatorSettings(link=Path("/run/a"), **wrong)  # type: ignore[arg-type]
