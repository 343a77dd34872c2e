"""Makes of modem that do things their own way."""

from __future__ import annotations

import pytest

from gatewayd.modem.simulator import PROFILES
from tests.modem.simulator.dialogue import Host


@pytest.mark.parametrize("name", PROFILES)
def test_profile_identifies_itself_and_submits(name: str) -> None:
    host = Host(profile=PROFILES[name])
    assert host.ask("AT+CGMI") == [PROFILES[name].manufacturer, "OK"]
    assert host.send() == ["+CMGS: 0", "OK"]


def test_huawei_answers_unknown_commands_in_words_of_its_own() -> None:
    host = Host(profile=PROFILES["huawei"])
    host.ask("AT+CMEE=1")
    assert host.ask("AT+CEREG?") == ["COMMAND NOT SUPPORT"]
    assert host.ask("AT+CMEE=7") == ["+CME ERROR: 4"]


def test_huawei_refuses_the_indication_mode_that_it_advertises() -> None:
    host = Host(profile=PROFILES["huawei"])
    assert host.ask("AT+CNMI=?")[0].startswith("+CNMI: (0-2)")
    assert host.ask("AT+CNMI=2,1,0,0,0") == ["COMMAND NOT SUPPORT"]
    assert host.ask("AT+CNMI=1,1,0,0,0") == ["OK"]


def test_simcom_writes_the_iccid_without_a_name() -> None:
    host = Host(profile=PROFILES["simcom"])
    assert host.ask("AT+CCID") == [host.equipment.settings.iccid, "OK"]


def test_wavecom_leaves_out_the_ok_after_the_state_of_the_pin() -> None:
    host = Host(profile=PROFILES["wavecom"])
    assert host.ask("AT+CPIN?") == ["+CPIN: READY"]
    assert host.ask("AT") == ["OK"]
