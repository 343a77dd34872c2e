"""The dialogue: echo, prompt, ESC, busy modem, unsolicited lines, reset."""

from __future__ import annotations

import pytest

from gatewayd.modem.simulator import Noise, parse
from tests.modem.simulator.dialogue import CTRL_Z, ESC, Host, submit_pdus


def test_modem_after_power_up_echoes_until_told_not_to() -> None:
    host = Host(echo=True)
    assert host.say("AT\r") == "AT\r\r\nOK\r\n"
    assert host.say("ATE0\r") == "ATE0\r\r\nOK\r\n"
    assert host.say("AT\r") == "\r\nOK\r\n"


def test_modem_command_in_single_bytes_is_answered_once_after_cr() -> None:
    host = Host()
    assert [host.say(byte) for byte in "at\r"] == ["", "", "\r\nOK\r\n"]


@pytest.mark.parametrize("noise", ["\x00\xff~", "\n", "garbage ", ESC, CTRL_Z])
def test_modem_noise_before_at_is_ignored(noise: str) -> None:
    assert Host().ask(noise + "AT") == ["OK"]


def test_modem_line_without_at_gets_no_answer() -> None:
    assert Host().ask("hello") == []


def test_modem_backspace_takes_a_character_back() -> None:
    assert Host().ask("AX\x08T") == ["OK"]


def test_modem_endless_line_is_cut_and_the_next_one_answered() -> None:
    host = Host()
    host.say("x" * 60_000 + "\r")
    assert host.ask("AT") == ["OK"]


def test_modem_several_commands_on_a_line_end_at_the_first_that_fails() -> None:
    host = Host()
    assert host.ask("AT+CMEE=1;+NONSENSE;+CMEE=2") == ["+CME ERROR: 4"]
    assert host.ask("AT+CMEE?") == ["+CMEE: 1", "OK"]


def test_modem_unknown_command_is_answered_as_cmee_says() -> None:
    host = Host()
    assert host.ask("AT+NONSENSE") == ["ERROR"]
    host.ask("AT+CMEE=2")
    assert host.ask("AT+NONSENSE") == ["+CME ERROR: operation not supported"]


def test_submit_accepted_is_answered_with_its_reference_and_is_in_the_ledger() -> None:
    host = Host()
    assert host.send("hello") == ["+CMGS: 0", "OK"]
    (entry,) = host.entries
    assert (entry.event, entry.to, entry.text, entry.encoding) == (
        "accepted",
        "+34600000001",
        "hello",
        "gsm7",
    )
    assert (entry.mr, entry.kind, entry.monotonic) == (0, None, host.now)


def test_submit_text_of_several_parts_records_which_part_each_is() -> None:
    host = Host()
    for pdu in submit_pdus("señor " * 60, reference=7):
        host.submit(pdu)
    assert [(e.parts.ref, e.parts.total, e.parts.n) for e in host.entries if e.parts] == [
        (7, 3, 1),
        (7, 3, 2),
        (7, 3, 3),
    ]
    assert "".join(e.text for e in host.entries) == "señor " * 60


def test_submit_with_echo_shows_the_pdu_after_the_prompt() -> None:
    host = Host(echo=True)
    (pdu,) = submit_pdus()
    command = f"AT+CMGS={pdu.tpdu_length}\r"
    assert host.say(command) == command + "\r\n> "
    assert host.say(pdu.hex + CTRL_Z) == pdu.hex + "\r\n+CMGS: 0\r\n\r\nOK\r\n"


def test_submit_with_latency_is_answered_when_it_is_over_and_not_before() -> None:
    host = Host(latency=2.0)
    began = host.now
    assert host.send() == []
    assert host.modem.due == began + 2.0
    assert host.wait(1.9) == []
    assert host.entries == []
    assert host.wait(0.2) == ["+CMGS: 0", "OK"]
    assert [entry.monotonic for entry in host.entries] == [began]


def test_modem_busy_with_a_submit_answers_commands_only_after_it() -> None:
    host = Host(latency=2.0)
    host.send()
    assert host.ask("AT+CSQ") == []
    assert host.wait(2.0) == ["+CMGS: 0", "OK", "+CSQ: 22,99", "OK"]


def test_modem_flooded_while_busy_loses_the_rest_and_answers_afterwards() -> None:
    host = Host(latency=2.0)
    host.send()
    for _ in range(3):
        host.ask("AT+CSQ" + "x" * 40_000)
    assert host.wait(2.0)[:2] == ["+CMGS: 0", "OK"]
    assert host.say("\rAT\r").endswith("\r\nOK\r\n")


def test_submit_escaped_before_ctrl_z_is_discarded_with_ok() -> None:
    host = Host()
    (pdu,) = submit_pdus()
    host.say(f"AT+CMGS={pdu.tpdu_length}\r")
    assert host.say(pdu.hex + ESC) == "\r\nOK\r\n"
    assert host.ask("AT") == ["OK"]
    assert host.entries == []


@pytest.mark.parametrize("typed", ["", "00", "zz", "0011000A81", "F" * 9000])
def test_submit_of_something_else_than_such_a_pdu_is_refused_with_304(typed: str) -> None:
    host = Host()
    host.say("AT+CMGS=20\r")
    assert host.say(typed + CTRL_Z) == "\r\n+CMS ERROR: 304\r\n"
    assert host.entries == []


@pytest.mark.parametrize("difference", [-1, 1])
def test_submit_of_another_length_than_announced_is_refused_with_304(difference: int) -> None:
    host = Host()
    (pdu,) = submit_pdus()
    host.say(f"AT+CMGS={pdu.tpdu_length + difference}\r")
    assert host.say(pdu.hex + CTRL_Z) == "\r\n+CMS ERROR: 304\r\n"


@pytest.mark.parametrize("length", ["", "0", "165", "-1", "x", "²", "99999999999999999999"])
def test_submit_with_an_impossible_length_gets_no_prompt(length: str) -> None:
    assert Host().ask(f"AT+CMGS={length}") == ["+CMS ERROR: 304"]


@pytest.mark.parametrize("stat", [0, 2, 3])
def test_submit_without_registration_is_refused_with_331(stat: int) -> None:
    host = Host(registration=stat)
    assert host.send() == ["+CMS ERROR: 331"]
    assert host.entries == []


@pytest.mark.parametrize(
    ("injection", "answer"),
    [
        ("38@1", ["+CMS ERROR: 38"]),
        ("cme14@1", ["+CME ERROR: 14"]),
        ("error@1", ["ERROR"]),
        ("timeout@1", []),
        ("lost@1", []),
    ],
)
def test_submit_struck_by_an_injection_ends_as_specified(injection: str, answer: list[str]) -> None:
    host = Host(errors=(parse(injection),))
    assert host.send("one") == answer
    assert host.ask("AT") == ["OK"]
    assert host.send("two")[-1] == "OK"


def test_submit_lost_is_in_the_ledger_as_accepted() -> None:
    host = Host(errors=(parse("lost@1"),))
    host.send()
    assert [(entry.event, entry.kind, entry.mr) for entry in host.entries] == [("accepted", "lost", 0)]


def test_submit_that_hangs_the_modem_leaves_it_deaf_until_it_is_unplugged() -> None:
    host = Host(errors=(parse("hang@1"),))
    assert host.send() == []
    assert host.ask("AT") == []
    assert host.wait(600.0) == []
    host.modem.power_up()
    assert host.ask("AT") == ["OK"]
    assert [(entry.event, entry.kind) for entry in host.entries] == [("refused", "hang")]


def test_submit_without_prompt_ends_with_escape_and_the_next_one_is_taken() -> None:
    host = Host(errors=(parse("prompt@1"),))
    assert host.say("AT+CMGS=20\r") == ""
    assert host.say(ESC) == "\r\nOK\r\n"
    assert host.send() == ["+CMGS: 0", "OK"]
    assert [(entry.event, entry.kind) for entry in host.entries] == [
        ("refused", "prompt"),
        ("accepted", None),
    ]


def test_message_arriving_while_a_pdu_is_typed_is_announced_after_it() -> None:
    host = Host(latency=1.0)
    host.ask("AT+CNMI=2,1")
    (pdu,) = submit_pdus()
    host.say(f"AT+CMGS={pdu.tpdu_length}\r")
    host.equipment.receive_message(bytes.fromhex("00040B914306000000F10000620150800000000568656C6C6F"))
    assert host.wait(0) == []
    assert host.say(pdu.hex + CTRL_Z) == '\r\n+CMTI: "SM",1\r\n'


def test_reset_command_restores_power_up_state_and_sends_boot_lines() -> None:
    host = Host(echo=True, boot_seconds=3.0)
    host.ask("ATE0+CMEE=1")
    assert host.ask("AT+CFUN=1,1") == ["OK"]
    assert host.ask("AT") == []
    assert host.wait(3.0) == ["RDY", "+CFUN: 1", "+CPIN: READY", "Call Ready", "SMS Ready"]
    assert host.say("AT+CMEE?\r") == "AT+CMEE?\r\r\n+CMEE: 0\r\n\r\nOK\r\n"


def test_power_up_during_a_submit_forgets_it() -> None:
    host = Host(latency=2.0)
    host.send()
    host.modem.power_up()
    assert host.wait(10.0) == []
    assert host.entries == []


def test_delivery_report_asked_for_comes_when_it_is_due() -> None:
    host = Host(reports=True, report_after=5.0)
    host.ask("AT+CNMI=2,1,0,1")
    (pdu,) = submit_pdus(report=True)
    assert host.submit(pdu) == ["+CMGS: 0", "OK"]
    assert host.wait(4.9) == []
    head, report = host.wait(0.2)
    assert head == f"+CDS: {len(report) // 2 - 8}"


def test_delivery_report_not_asked_for_never_comes() -> None:
    host = Host(reports=True)
    host.ask("AT+CNMI=2,1,0,1")
    assert host.send() == ["+CMGS: 0", "OK"]
    assert host.wait(60.0) == []


def test_noise_comes_before_answers_and_changes_none() -> None:
    host = Host(noise=Noise(urc=1.0, garbage=1.0), seed=3)
    output = host.say("AT\r")
    assert output.endswith("\r\nOK\r\n")
    assert len(output) > len("\r\nOK\r\n")
