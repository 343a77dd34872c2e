"""A SIM that is taken out, or changed, while the modem is on."""

from __future__ import annotations

from typing import Any

import pytest

from gatewayd.modem.simulator import PROFILES
from gatewayd.modem.simulator.card import Card
from tests.modem.simulator.dialogue import CTRL_Z, Host, submit_pdus

OTHER = "8934000000000000018"
EMPTY = ""


def a_host(iccid: str = "8934070039043559074", **changes: Any) -> Host:
    host = Host(iccid=iccid, **changes)
    host.ask("AT+CREG=1")
    host.ask("AT+CMEE=1")
    return host


def change(host: Host, iccid: str, *, pin: str | None = None) -> list[str]:
    host.modem.change_card(Card(50 if iccid else 0, pin, iccid=iccid))
    return host.wait(0)


def test_sim_taken_out_is_said_and_everything_that_needs_one_fails() -> None:
    host = a_host()
    assert change(host, EMPTY) == ["+CPIN: NOT READY", "+CREG: 0"]
    assert host.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    assert host.ask("AT+CCID") == ["+CME ERROR: 10"]
    assert host.ask("AT+CIMI") == ["+CME ERROR: 10"]
    assert host.ask("AT+CMGL=4") == ["+CMS ERROR: 310"]
    assert host.ask("AT+CREG?")[0] == "+CREG: 1,0"
    assert host.ask("AT+CGMI")[-1] == "OK"


def test_another_sim_put_in_is_said_and_sends_under_its_own_name() -> None:
    host = a_host()
    host.send("first")
    change(host, EMPTY)
    assert change(host, OTHER) == ["+CPIN: READY", "+CREG: 1"]
    assert host.ask("AT+CCID") == [f"+CCID: {OTHER}", "OK"]
    assert host.send("second") == ["+CMGS: 0", "OK"]
    assert [(entry.text, entry.iccid) for entry in host.entries] == [
        ("first", "8934070039043559074"),
        ("second", OTHER),
    ]


def test_another_sim_with_a_pin_asks_for_it() -> None:
    host = a_host()
    assert change(host, OTHER, pin="1234") == ["+CPIN: SIM PIN", "+CREG: 0"]
    assert host.ask('AT+CPIN="1234"') == ["OK", "+CREG: 1"]
    assert host.send() == ["+CMGS: 0", "OK"]


@pytest.mark.parametrize(
    ("make", "out", "back"),
    [
        ("huawei", ["^SIMST:255"], ["^SIMST:1"]),
        ("quectel", ["+CPIN: NOT READY"], ["+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE"]),
        ("wavecom", [], []),
    ],
)
def test_makes_say_it_in_their_own_way_or_not_at_all(make: str, out: list[str], back: list[str]) -> None:
    host = a_host(profile=PROFILES[make])
    assert change(host, EMPTY) == [*out, "+CREG: 0"]
    assert change(host, OTHER) == [*back, "+CREG: 1"]


def test_submit_on_its_way_is_gone_with_the_sim() -> None:
    host = a_host(latency=3.0)
    (pdu,) = submit_pdus()
    host.submit(pdu)
    assert change(host, EMPTY)[0] == "+CMS ERROR: 310"
    assert host.wait(10) == []
    assert host.entries == []


def test_pdu_at_the_prompt_goes_through_the_sim_that_is_in_when_it_ends() -> None:
    # Why nothing may be submitted after a modem has said something of its SIM.
    host = a_host()
    (pdu,) = submit_pdus()
    host.say(f"AT+CMGS={pdu.tpdu_length}\r")
    host.modem.change_card(Card(50, iccid=OTHER))
    host.say(pdu.hex + CTRL_Z)
    assert [entry.iccid for entry in host.entries] == [OTHER]


def test_what_the_network_has_for_a_sim_waits_for_it() -> None:
    host = a_host(reports=True, report_after=5.0)
    first = host.equipment.card
    host.ask("AT+CNMI=2,1,0,1,0")
    (pdu,) = submit_pdus(report=True)
    host.submit(pdu)
    change(host, OTHER)
    assert host.wait(60) == []
    host.modem.change_card(first)
    assert any(line.startswith("+CDS: ") for line in host.wait(0))
