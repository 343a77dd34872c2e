"""What single commands answer."""

from __future__ import annotations

import pytest

from gatewayd.modem.simulator.deliveries import encode_deliver
from tests.modem.simulator.dialogue import Host, settings


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("AT", []),
        ("ATZ", []),
        ("AT&F", []),
        ("ATE0V1Q0", []),
        ("ATS0=0", []),
        ("AT+CMEE=?", ["+CMEE: (0-2)"]),
        ("AT+CMGF=?", ["+CMGF: (0)"]),
        ("AT+CMGF=0", []),
        ("AT+CMGF?", ["+CMGF: 0"]),
        ("AT+CSMS=1", ["+CSMS: 1,1,1"]),
        ("AT+CSMS?", ["+CSMS: 0,1,1,1"]),
        ("AT+CNMI=?", ["+CNMI: (0-2),(0-2),(0),(0-2),(0,1)"]),
        ("AT+CNMI?", ["+CNMI: 2,0,0,0,0"]),
        ("AT+CPMS=?", ['+CPMS: ("SM"),("SM"),("SM")']),
        ("AT+CPMS?", ['+CPMS: "SM",0,50,"SM",0,50,"SM",0,50']),
        ('AT+CPMS="SM","SM","SM"', ["+CPMS: 0,50,0,50,0,50"]),
        ("AT+CPIN?", ["+CPIN: READY"]),
        ("AT+CPINR", ["+CPINR: SIM PIN,3,3", "+CPINR: SIM PUK,10,10"]),
        ("AT+CSCA?", ['+CSCA: "+34600000999",145']),
        ('AT+CSCS="GSM"', []),
        ("AT+CSCS?", ['+CSCS: "GSM"']),
        ("AT+CREG?", ["+CREG: 0,1"]),
        ("AT+CGREG?", ["+CGREG: 0,1"]),
        ("AT+CEREG=?", ["+CEREG: (0-2)"]),
        ("AT+CREG=2;+CREG?", ['+CREG: 2,1,"00C3","0000D2A1"']),
        ("AT+CGATT?", ["+CGATT: 1"]),
        ("AT+CSQ", ["+CSQ: 22,99"]),
        ("AT+COPS?", ['+COPS: 0,0,"Simulated Network"']),
        ("AT+COPS=3,2;+COPS?", ['+COPS: 0,2,"21407"']),
        ("AT+CFUN?", ["+CFUN: 1"]),
        ("AT+CGMI", ["gatewayd"]),
        ("AT+CGMM", ["SIMULATOR"]),
        ("AT+CGMR", ["SIM-1.0"]),
        ("AT+CGSN", [settings().imei]),
        ("AT+CCID", [f"+CCID: {settings().iccid}"]),
        ("AT+ICCID", [f"+ICCID: {settings().iccid}"]),
        ("AT^ICCID?", [f"^ICCID: {settings().iccid}"]),
        ("AT+CIMI", ["214070123456789"]),
        ("AT+CMGL=4", []),
        ("AT+CMGD=?", ["+CMGD: (),(0-4)"]),
    ],
)
def test_command_is_answered_with_its_lines_and_ok(command: str, lines: list[str]) -> None:
    assert Host().ask(command) == [*lines, "OK"]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("AT+CMGF=1", "+CMS ERROR: 302"),
        ("AT+CMEE=3", "+CME ERROR: 4"),
        ("AT+CNMI=1,2,3,4,5", "+CME ERROR: 4"),
        ("AT+CNMI=2,1,0,1,0,0", "+CMS ERROR: 302"),
        ('AT+CPMS="XX"', "+CMS ERROR: 302"),
        ('AT+CSCS="KLINGON"', "+CME ERROR: 4"),
        ("AT+CMGR=1", "+CMS ERROR: 321"),
        ("AT+CMGD=51", "+CMS ERROR: 321"),
        ("AT+CNMA", "+CMS ERROR: 340"),
        ('AT+CPIN="1234"', "+CME ERROR: 3"),
        ("AT+CFUN=7", "+CME ERROR: 4"),
    ],
)
def test_command_with_a_wrong_argument_is_refused(command: str, error: str) -> None:
    host = Host()
    host.ask("AT+CMEE=1")
    assert host.ask(command) == [error]


def test_pin_right_one_unlocks_and_announces_registration() -> None:
    host = Host(pin="1234")
    host.ask("AT+CMEE=1;+CREG=1")
    assert host.ask("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
    assert host.ask("AT+CIMI") == ["+CME ERROR: 11"]
    assert host.ask("AT+CMGS=20") == ["+CMS ERROR: 311"]
    assert host.ask("AT+CREG?") == ["+CREG: 1,0", "OK"]
    assert host.ask('AT+CPIN="1234"') == ["OK", "+CREG: 1"]
    assert host.ask("AT+CREG?") == ["+CREG: 1,1", "OK"]


def test_pin_wrong_three_times_leaves_the_sim_asking_for_its_puk() -> None:
    host = Host(pin="1234")
    host.ask("AT+CMEE=1")
    assert host.ask('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert host.ask("AT+CPINR")[0] == "+CPINR: SIM PIN,2,3"
    host.ask('AT+CPIN="0001"')
    host.ask('AT+CPIN="0002"')
    assert host.ask("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]
    assert host.ask('AT+CPIN="1234"') == ["+CME ERROR: 12"]


def test_radio_off_is_not_registered_and_back_on_is() -> None:
    host = Host()
    host.ask("AT+CEREG=1")
    assert host.ask("AT+CFUN=4") == ["OK", "+CEREG: 0"]
    assert host.ask("AT+CSQ") == ["+CSQ: 99,99", "OK"]
    assert host.ask("AT+CFUN=1") == ["OK", "+CEREG: 1"]


def test_registration_changed_is_announced_where_switched_on() -> None:
    host = Host()
    host.ask("AT+CREG=1")
    host.equipment.set_registration(2)
    assert host.wait(0) == ["+CREG: 2"]
    assert host.ask("AT+COPS?") == ["+COPS: 0", "OK"]


def test_ussd_request_is_answered_after_ok() -> None:
    host = Host()
    assert host.ask('AT+CUSD=1,"*100#",15') == ["OK", '+CUSD: 0,"Your balance is 12.34 EUR",15']
    assert host.ask('AT+CUSD=1,"*999#",15') == ["OK", "+CUSD: 4"]


def arrive(host: Host, text: str) -> str:
    (pdu,) = encode_deliver("+34611111111", text, smsc="+34600000999")
    host.equipment.receive_message(pdu)
    return f"{len(pdu) - 8}\r\n{pdu.hex().upper()}"


def test_received_message_is_announced_listed_read_and_deleted() -> None:
    host = Host()
    host.ask("AT+CNMI=2,1,0,0,0")
    length, pdu = arrive(host, "hi").split("\r\n")
    assert host.wait(0) == ['+CMTI: "SM",1']
    assert host.ask("AT+CMGL=0") == [f"+CMGL: 1,0,,{length}", pdu, "OK"]
    assert host.ask("AT+CMGL=0") == ["OK"]
    assert host.ask("AT+CMGR=1") == [f"+CMGR: 1,,{length}", pdu, "OK"]
    assert host.ask("AT+CMGD=1") == ["OK"]
    assert host.ask("AT+CMGL=4") == ["OK"]


def test_delete_read_messages_spares_unread_ones() -> None:
    host = Host()
    arrive(host, "one")
    arrive(host, "two")
    host.ask("AT+CMGR=1")
    assert host.ask("AT+CMGD=1,1") == ["OK"]
    assert host.ask("AT+CMGD=?") == ["+CMGD: (2),(0-4)", "OK"]
    assert host.ask("AT+CMGD=1,4;+CPMS?") == ['+CPMS: "SM",0,50,"SM",0,50,"SM",0,50', "OK"]


def test_message_for_a_full_sim_waits_at_the_network_for_a_free_slot() -> None:
    host = Host(slots=1)
    host.ask("AT+CNMI=2,1")
    arrive(host, "one")
    length, pdu = arrive(host, "two").split("\r\n")
    assert host.wait(0) == ['+CMTI: "SM",1']
    assert host.ask("AT+CMGD=1") == ["OK", '+CMTI: "SM",1']
    assert host.ask("AT+CMGR=1") == [f"+CMGR: 0,,{length}", pdu, "OK"]


def test_message_routed_directly_in_phase_2_plus_waits_for_the_acknowledgement_of_the_one_before() -> None:
    host = Host()
    host.ask("AT+CSMS=1;+CNMI=2,2")
    first, second = arrive(host, "one"), arrive(host, "two")
    assert host.wait(0) == f"+CMT: ,{first}".split("\r\n")
    assert host.ask("AT+CNMA") == ["OK", *f"+CMT: ,{second}".split("\r\n")]
    assert host.ask("AT+CNMA=0") == ["OK"]
    assert host.ask("AT+CNMA") == ["+CMS ERROR: 340"]
