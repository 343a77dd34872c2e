from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.modem.simulator.line import Command, Form, SyntaxFault, arguments, split


@pytest.mark.parametrize(
    ("body", "commands"),
    [
        ("", []),
        ("E0", [Command("E", Form.RUN, "0")]),
        ("e0v1", [Command("E", Form.RUN, "0"), Command("V", Form.RUN, "1")]),
        ("&F", [Command("&F", Form.RUN)]),
        ("S0=0", [Command("S", Form.SET, "0=0")]),
        ("+cmgf=0", [Command("+CMGF", Form.SET, "0")]),
        ("+CMGF?", [Command("+CMGF", Form.READ)]),
        ("+CMGF=?", [Command("+CMGF", Form.TEST)]),
        ("+CSQ", [Command("+CSQ", Form.RUN)]),
        ("^ICCID?", [Command("^ICCID", Form.READ)]),
        ("+CMEE=1;+CREG?", [Command("+CMEE", Form.SET, "1"), Command("+CREG", Form.READ)]),
        ("E0+CMEE=1", [Command("E", Form.RUN, "0"), Command("+CMEE", Form.SET, "1")]),
        ('+CUSD=1,"*1;2#",15', [Command("+CUSD", Form.SET, '1,"*1;2#",15')]),
    ],
)
def test_split_line_yields_its_commands(body: str, commands: list[Command]) -> None:
    assert split(body) == commands


def test_split_line_with_something_else_keeps_the_commands_before_it() -> None:
    with pytest.raises(SyntaxFault) as caught:
        split("E0!+CSQ")
    assert caught.value.before == [Command("E", Form.RUN, "0")]


@given(st.text())
def test_split_any_text_yields_commands_or_a_syntax_fault(body: str) -> None:
    try:
        commands = split(body)
    except SyntaxFault:
        return
    assert all(command.name == command.name.upper() for command in commands)


def test_arguments_comma_between_quotes_separates_nothing() -> None:
    assert arguments('1,"a,b", 3,') == ["1", "a,b", "3", ""]
