"""No octet of anybody's input reaches the modem as a command (reliability T18; CVE-2016-5067 is the precedent)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from .gateway import Gateway, Gateways, Phone, Phones, modem
from .tap import Tap

pytestmark = pytest.mark.slow

#: All that may be on the line, written down independently of gatewayd.modem.grammar: a command without any control
#: octet and its CR; a PDU and its Ctrl-Z; an ESC that leaves a prompt.
LINE = re.compile(rb"(?:AT[ -~]*\r|(?:[0-9A-F]{2})+\x1a|\x1b\r?|\r)*")
COMMANDS = re.compile(
    rb"AT|ATE0|AT\+CMEE=\d|AT\+CG(?:MI|MM|MR|SN)|AT\+GSN|AT\+(?:CCID|ICCID|QCCID)\??|AT\^ICCID\?|AT#CCID"
    rb"|AT\+CRSM=176,(?:12258|28483),0,0,\d+|AT\+CPIN\?|AT\+CPINR|AT\+CMGF=0|AT\+CSMS=[01]|AT\+CNMA(?:=\?|=2)?"
    rb'|AT\+CPMS(?:\?|=\?|="\w\w")|AT\+CMGL=4|AT\+CMG[RD]=\d+|AT\+CNMI=[\d,]+|AT\+C(?:G|E)?REG(?:\?|=\d)|AT\+CSQ'
    rb"|AT\+COPS(?:\?|=0|=3,0)|AT\+CFUN=1(?:,1)?|AT\+CMGS=\d{1,3}"
)
OCTETS = [chr(octet) for octet in range(256)]
#: What an attack would look like.
ATTACKS = [
    "\x1a\rAT+CFUN=0\r",
    "\x1b\rATD+34900000000;\r",
    'hello"\r\nAT+CMGS="+34900000000"\r\nfraud\x1a',
    "+34600000001\x1aAT+CMGD=1,4\r",
    "+++ATH\r",
]


@pytest.fixture
def tapped(plug_in: Phones, serve: Gateways, tmp_path: Path) -> Iterator[tuple[Gateway, Phone, Tap]]:
    phone = plug_in("modem", "--latency", "0")
    with closing(Tap(tmp_path / "tapped", phone.port)) as tap:
        gateway = serve(modems=modem("phone1", tap.port))
        yield gateway, phone, tap
        gateway.stop()


def test_every_octet_in_every_field_stays_out_of_the_modems_commands(
    tapped: tuple[Gateway, Phone, Tap],
) -> None:
    gateway, phone, tap = tapped
    hostile = [*OCTETS, *ATTACKS]
    messages = [{"to": "+34600000001", "text": f"<{text}>", "order": "strict"} for text in hostile]
    messages += [{"to": f"+3460000000{text}2", "text": "number"} for text in hostile]
    messages += [{"to": "+34600000003", "text": "reference", "reference": text} for text in hostile]
    messages += [{"to": "+34600000004", "text": "type", "type": text} for text in hostile]
    with gateway.client(gateway.token("shop", "send")) as client:
        answer = client.post("/v1/messages", json=messages).json()
        for name in hostile:
            client.post("/v1/messages", json={"to": "+34600000005", "text": "modem", "modem": name})
    with gateway.administrator() as admin:
        for name in hostile:
            admin.post("/v1/clients", json={"name": name})
            admin.post("/v1/optouts", json={"recipient": name, "reason": "test"})
    settled = gateway.wait_until_settled()

    assert answer["accepted"] == len(settled)
    assert {message["state"] for message in settled} == {"sent"}
    written = tap.written
    assert LINE.fullmatch(written)
    commands = set(re.findall(rb"(AT[ -~]*)\r", written))
    assert not [command for command in commands if not COMMANDS.fullmatch(command)]
    # And nothing was lost: what is a text arrives as one, control octets and all that GSM can't write included.
    arrived = {entry.text for entry in phone.accepted if entry.to == "+34600000001"}
    assert {f"<{text}>" for text in hostile} - arrived <= {f"<{text}>" for text in refused(answer, hostile)}
    assert {entry.to for entry in phone.accepted} <= {f"+3460000000{digit}" for digit in range(10)} | {
        f"+3460000000{digit}2" for digit in range(10)
    }


def refused(answer: dict[str, list[dict[str, object]]], hostile: list[str]) -> list[str]:
    """The texts that were not accepted, of which the answer says why."""
    shown = zip(hostile, answer["messages"][: len(hostile)], strict=True)
    return [text for text, result in shown if "errors" in result]
