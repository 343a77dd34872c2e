"""What the simulated network has for the modem: handed over, stored, or held back until there is a way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gatewayd.modem.simulator import PROFILES
from gatewayd.modem.simulator.deliveries import encode_deliver, encode_report
from tests.modem.simulator.dialogue import NUMBER, Host, submit_pdus

SMSC = "+34600000999"
REPORT, SECOND = (encode_report(mr=mr, to=NUMBER, smsc=SMSC) for mr in (1, 2))
(MESSAGE,) = encode_deliver(NUMBER, "hello", smsc=SMSC)


def direct(pdu: bytes, head: str = "+CDS: ") -> list[str]:
    return [f"{head}{len(pdu) - 1 - pdu[0]}", pdu.hex().upper()]


def a_host(**changes: Any) -> Host:
    """One that is handed reports directly and acknowledges them."""
    host = Host(**changes)
    host.ask("AT+CSMS=1;+CNMI=2,1,0,1")
    return host


def test_report_that_nobody_acknowledges_ends_direct_delivery_and_comes_again_when_it_is_asked_for() -> None:
    host = a_host()
    host.equipment.receive_report(REPORT)
    assert host.wait(0) == direct(REPORT)
    assert host.modem.due == host.now + 15.0
    host.wait(15.0)
    assert host.ask("AT+CNMI?") == ["+CNMI: 2,0,0,0,0", "OK"]
    assert host.ask("AT+CNMA") == ["+CMS ERROR: 340"]
    assert host.ask("AT+CNMI=2,1,0,1") == ["OK", *direct(REPORT)]
    host.wait(14.9)
    assert host.ask("AT+CNMA") == ["OK"]
    host.wait(60)
    assert host.ask("AT+CNMI?") == ["+CNMI: 2,1,0,1,0", "OK"]


def test_report_that_is_refused_comes_again_after_the_others() -> None:
    host = a_host()
    for report in (REPORT, SECOND):
        host.equipment.receive_report(report)
    host.wait(0)
    assert host.ask("AT+CNMA=2") == ["OK", *direct(SECOND)]
    assert host.ask("AT+CNMA") == ["OK", *direct(REPORT)]


def test_report_waits_until_somebody_opens_the_port() -> None:
    host = a_host()
    host.equipment.inbound.attend(False)
    host.equipment.receive_report(REPORT)
    assert host.wait(0) == []
    host.equipment.inbound.attend(True)
    assert host.wait(0) == direct(REPORT)


def test_report_that_was_not_acknowledged_when_the_port_was_left_comes_again() -> None:
    host = a_host()
    host.equipment.receive_report(REPORT)
    host.wait(0)
    host.equipment.inbound.attend(False)
    host.equipment.inbound.attend(True)
    assert host.wait(0) == direct(REPORT)


def test_report_waits_until_reports_are_wanted() -> None:
    host = Host()
    host.equipment.receive_report(REPORT)
    assert host.wait(0) == []
    assert host.ask("AT+CNMI=2,1,0,1") == ["OK", *direct(REPORT)]


def test_report_for_which_the_memory_has_no_room_comes_when_there_is_some() -> None:
    host = Host(slots=1)
    host.ask("AT+CNMI=2,1,0,2")
    for report in (REPORT, SECOND):
        host.equipment.receive_report(report)
    assert host.wait(0) == ['+CDSI: "SM",1']
    assert host.ask("AT+CMGD=1") == ["OK", '+CDSI: "SM",1']


def test_ec25_announces_a_report_in_one_memory_and_stores_it_in_another() -> None:
    host = Host(profile=PROFILES["quectel"])
    host.ask("AT+CNMI=2,1,0,2")
    host.equipment.receive_report(REPORT)
    assert host.wait(0) == ['+CDSI: "SM",0']
    assert host.ask("AT+CMGL=4") == ["OK"]
    assert host.ask('AT+CPMS="SR"') == ["+CPMS: 1,50,0,50,0,50", "OK"]
    assert host.ask("AT+CMGR=0")[1] == REPORT.hex().upper()
    assert host.ask("AT+CPMS?") == ['+CPMS: "SR",1,50,"SM",0,50,"SM",0,50', "OK"]
    assert host.ask("AT+CMGD=0") == ["OK"]
    assert host.ask('AT+CPMS="SR"') == ["+CPMS: 0,50,0,50,0,50", "OK"]


def test_memories_of_a_make_are_those_that_it_names() -> None:
    profile = replace(PROFILES["generic"], memories=("SM", "ME"))
    assert Host(profile=profile).ask("AT+CPMS=?") == ['+CPMS: ("SM","ME"),("SM"),("SM")', "OK"]
    assert Host().ask('AT+CPMS="ME"') == ["+CMS ERROR: 302"]


def test_sim_keeps_the_last_reference() -> None:
    host = Host()
    assert host.ask("AT+CRSM=176,28483,0,0,2") == ['+CRSM: 144,0,"FFFF"', "OK"]
    host.send()
    assert host.ask("AT+CRSM=176,28483,0,0,2") == ['+CRSM: 144,0,"00FF"', "OK"]
    assert host.ask("AT+CRSM=176,12258,0,0,10") == ["+CRSM: 106,130", "OK"]


def test_reports_have_the_status_that_is_wanted() -> None:
    host = Host(reports=True, report_status=0x46)
    host.ask("AT+CNMI=2,1,0,1")
    (pdu,) = submit_pdus(report=True)
    assert host.submit(pdu)[-1].endswith("46") or host.wait(0)[-1].endswith("46")
