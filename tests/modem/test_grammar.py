"""What can't be written to a modem."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.modem import grammar
from gatewayd.modem.grammar import Forbidden
from gatewayd.modem.quirks import _RULES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AT+CMGF=1",
        "AT+CMGS=12\r",
        "AT+CMGS=1234",
        'AT+CMGS="+34600000001"',
        'AT+CPIN="12\r34"',
        'AT+CPIN="1234","5678"',
        'AT+CSCA="+346;AT+CFUN=0",145',
        "AT+CFUN=0",
        "AT+CNMI=2,1,0,1,0\x1a",
        "ATD112;",
        "AT;AT+CMGF=1",
        "AT\n",
    ],
)
def test_command_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(Forbidden):
        grammar.command(text)


@given(st.text(max_size=40))
def test_command_of_any_text_holds_no_control_octet_but_its_end(text: str) -> None:
    try:
        octets = grammar.command(text)
    except Forbidden:
        return
    assert re.fullmatch(rb"AT[\x20-\x7e]*\r", octets)


@given(st.text(max_size=40))
def test_pdu_of_any_text_is_hexadecimal_or_refused(text: str) -> None:
    try:
        octets = grammar.pdu(text)
    except Forbidden:
        return
    assert re.fullmatch(rb"[0-9A-F]+", octets)


@pytest.mark.parametrize("text", ["", "0", "0g", "00aa", "00\x1a0", "00\r\n", "0011 22", "00" * 256])
def test_pdu_that_is_no_hexadecimal_is_refused(text: str) -> None:
    with pytest.raises(Forbidden):
        grammar.pdu(text)


def test_forbidden_never_repeats_what_it_refuses() -> None:
    with pytest.raises(Forbidden) as refused:
        grammar.command('AT+CPIN="1234" ')
    assert "1234" not in str(refused.value)


def test_every_command_of_every_quirk_is_in_the_grammar() -> None:
    for rule in _RULES:
        quirks = rule.quirks
        cnmi = [f"AT+CNMI={setting}" for setting in quirks.cnmi]
        for command in (*quirks.init, *quirks.iccid, quirks.pin_tries, *cnmi):
            assert grammar.command(command)
