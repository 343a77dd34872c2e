"""Scripted modems that receive, and what they say; for tests of everything that is received."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from gatewayd.modem.ports import LinkState
from gatewayd.modem.simulator.deliveries import encode_deliver, encode_report
from tests.modem.peer import Peer, Scripts, said, usual
from tests.modem.plugged import Bench

SMSC = "+34600000999"
(MESSAGE,) = encode_deliver("+34600000001", "hello", smsc=SMSC)
(OTHER,) = encode_deliver("+34600000002", "hola", smsc=SMSC)
REPORT = encode_report(mr=7, to="+34600000001", smsc=SMSC)
UNEXPECTED = b"\r\n+CMS ERROR: 340\r\n"
EMPTY = said("+CPMS: 0,20,0,20,0,20")
ONE = said("+CPMS: 1,20,1,20,1,20")

Replies = Mapping[str, Scripts]


def length(octets: bytes) -> int:
    return len(octets) - 1 - octets[0]


def read(octets: bytes, status: int = 0) -> bytes:
    return said(f"+CMGR: {status},,{length(octets)}", octets.hex().upper())


def listed(*entries: tuple[int, int, bytes]) -> bytes:
    lines = ((f"+CMGL: {i},{status},,{length(o)}", o.hex().upper()) for i, status, o in entries)
    return said(*(line for pair in lines for line in pair))


def direct(head: str, octets: bytes) -> bytes:
    return f"\r\n{head}{length(octets)}\r\n{octets.hex().upper()}\r\n".encode()


def a_modem(replies: Replies, **more: object) -> Peer:
    """One with a SIM that is empty unless ``replies`` say otherwise, and that wants acknowledgements."""
    memory: dict[str, Scripts] = {
        "AT+CPMS=?": said('+CPMS: ("SM"),("SM"),("SM")'),
        'AT+CPMS="SM"': EMPTY,
        "AT+CSMS=1": said("+CSMS: 1,1,1"),
    }
    return Peer(usual() | memory | dict(replies), **more)  # type: ignore[arg-type]


async def ready(bench: Bench) -> None:
    """It is set up, and has looked into its memories."""
    await bench.until_state(LinkState.READY)
    await trio.sleep(0.5)
    bench.peer.heard.clear()


def spoken(bench: Bench, *prefixes: str) -> list[str]:
    return [line for line in bench.peer.heard if line.startswith(prefixes)]
