"""What these tests share: a host that talks to the modem's core at a time of its own choosing, and PDUs to submit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatewayd.modem.simulator import Entry, Ledger, SimulatorSettings
from gatewayd.modem.simulator.card import Card
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.modem import Modem
from gatewayd.modem.simulator.network import Network
from gatewayd.sms.pdu import Pdu, encode_submit
from gatewayd.sms.segments import segment

CTRL_Z, ESC = "\x1a", "\x1b"
NUMBER = "+34600000001"


def settings(**changes: Any) -> SimulatorSettings:
    """Settings of a modem that nobody opens, without echo unless asked for."""
    return SimulatorSettings(**{"link": Path("/nowhere/phone1"), "echo": False, **changes})


def submit_pdus(
    text: str = "hello", to: str = NUMBER, *, report: bool = False, reference: int = 7
) -> list[Pdu]:
    """The PDUs of a message, one a part."""
    parts = segment(text, concat_reference=reference).parts
    return [encode_submit(to, part, validity=None, report=report) for part in parts]


class Host:
    """Writes to a modem and collects what it says; ``now`` is the time in seconds that both live in."""

    def __init__(self, ledger: Ledger | None = None, **changes: Any) -> None:
        self.ledger = ledger or Ledger()
        chosen = settings(**changes)
        self.equipment = Equipment(
            chosen,
            Network(chosen, self.ledger),
            Card(chosen.slots, chosen.pin, chosen.pin_tries),
        )
        self.modem = Modem(self.equipment)
        self.now = 1000.0

    def say(self, characters: str) -> str:
        """Write exactly these characters; return what comes back at once."""
        return self.modem.receive(characters.encode("latin-1"), self.now).decode("latin-1")

    def ask(self, command: str) -> list[str]:
        """Write one command line; return the lines of its answer."""
        return _lines(self.say(command + "\r"))

    def wait(self, seconds: float) -> list[str]:
        """Let time pass; return the lines said meanwhile."""
        self.now += seconds
        return _lines(self.modem.advance(self.now).decode("latin-1"))

    def submit(self, pdu: Pdu) -> list[str]:
        """Go through the whole dialogue of one PDU; return the lines that come at once after 0x1A."""
        assert self.say(f"AT+CMGS={pdu.tpdu_length}\r") == "\r\n> "
        return _lines(self.say(pdu.hex + CTRL_Z))

    def send(self, text: str = "hello", to: str = NUMBER) -> list[str]:
        """Submit a message of one part."""
        (pdu,) = submit_pdus(text, to)
        return self.submit(pdu)

    @property
    def entries(self) -> list[Entry]:
        return self.ledger.entries


def _lines(output: str) -> list[str]:
    return [line for line in output.split("\r\n") if line]
