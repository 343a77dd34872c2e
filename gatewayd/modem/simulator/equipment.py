"""The simulated modem's registers and what commands act on; it knows nothing of bytes and lines.

It writes no output itself: what the modem says unasked goes into ``unsolicited``, which the line discipline
(``modem.py``) empties when the rules of the dialogue let it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from gatewayd.modem.simulator.card import Card, CardFull, Lock
from gatewayd.modem.simulator.network import Network
from gatewayd.modem.simulator.settings import SimulatorSettings

REGISTERED = frozenset({1, 5})
"""<stat> 1: home, 5: roaming."""

_AREA, _CELL = "00C3", "0000D2A1"


@dataclass(slots=True)
class Registers:
    """What AT&F and ATZ put back to the state after power-up."""

    echo: bool = True
    cmee: int = 0
    service: int = 0
    """AT+CSMS: 1 means that what is routed directly must be acknowledged by AT+CNMA."""
    indications: list[int] = field(default_factory=lambda: [2, 0, 0, 0, 0])
    """AT+CNMI: mode, mt, bm, ds, bfr."""
    character_set: str = "GSM"
    operator_format: int = 0
    registration_urcs: dict[str, int] = field(default_factory=lambda: {"+CREG": 0, "+CGREG": 0, "+CEREG": 0})
    caller_urcs: int = 0


@dataclass(slots=True)
class Equipment:
    """One modem with its SIM in it and its network around it."""

    settings: SimulatorSettings
    network: Network
    card: Card
    registers: Registers = field(default_factory=Registers)
    unsolicited: deque[str] = field(default_factory=deque)
    """Lines to send unasked, oldest first."""
    functionality: int = 1
    stat: int = 1
    """<stat> of the registration; see ``SimulatorSettings.registration``."""
    smsc: str = ""
    unacknowledged: deque[tuple[str, bytes]] = field(default_factory=deque)
    """What is routed directly under AT+CSMS=1: the first was sent to the host, the others wait for its AT+CNMA."""
    waiting: deque[bytes] = field(default_factory=deque)
    """Messages that the network holds back because the SIM is full."""

    def __post_init__(self) -> None:
        self.stat = self.settings.registration
        self.power_up()

    def power_up(self) -> None:
        """Start as after a reset or a new plug. What the SIM stores, and what the network holds back, stays."""
        self.reset_registers()
        self.smsc = self.settings.smsc
        self.functionality = 1
        self.unsolicited.clear()
        self.card.power_up()

    def reset_registers(self) -> None:
        """AT&F, ATZ."""
        self.registers = Registers(echo=self.settings.echo)
        self.unacknowledged.clear()

    @property
    def registration(self) -> int:
        """<stat> as the host sees it: without radio or with a locked SIM it isn't registered."""
        usable = self.functionality == 1 and self.card.lock is Lock.READY
        return self.stat if usable else 0

    @property
    def registered(self) -> bool:
        """Whether it can submit."""
        return self.registration in REGISTERED

    def registration_text(self, mode: int) -> str:
        """<stat>, and in mode 2 the area and cell where it is registered (3GPP TS 27.007 §7.2)."""
        if mode == 2 and self.registered:
            return f'{self.registration},"{_AREA}","{_CELL}"'
        return str(self.registration)

    def announce_registration(self) -> None:
        """Send the registration URCs that are switched on."""
        for name, mode in self.registers.registration_urcs.items():
            if mode:
                self.unsolicited.append(f"{name}: {self.registration_text(mode)}")

    def set_registration(self, stat: int) -> None:
        """Move to another registration state and announce it."""
        if stat != self.stat:
            self.stat = stat
            self.announce_registration()

    def receive_message(self, pdu: bytes) -> None:
        """Take an SMS-DELIVER (with its SMSC part) from the network: to the host or to the SIM, as AT+CNMI has it."""
        if self.registers.indications[1] == 2:
            self._route("+CMT: ,", pdu)
        elif self.waiting:
            self.waiting.append(pdu)  # Keeps the order: those before it don't fit either.
        else:
            self._store(pdu)

    def receive_report(self, pdu: bytes) -> None:
        """Take an SMS-STATUS-REPORT (with its SMSC part): to the host, to the SIM, or nowhere, as AT+CNMI has it."""
        destination = self.registers.indications[3]
        if destination == 1:
            self._route("+CDS: ", pdu)
        elif destination == 2:
            try:
                index = self.card.store(pdu)
            except CardFull:
                return
            self.unsolicited.append(f'+CDSI: "SM",{index}')

    def acknowledge(self) -> bool:
        """AT+CNMA: the first of those routed directly is done with, the next one follows. False if there was none."""
        if not self.unacknowledged:
            return False
        self.unacknowledged.popleft()
        if self.unacknowledged:
            self._send(*self.unacknowledged[0])
        return True

    def slot_freed(self) -> None:
        """Let the network deliver what it held back, as far as there is room now."""
        while self.waiting and len(self.card.messages) < self.card.slots:
            self._store(self.waiting.popleft())

    def _store(self, pdu: bytes) -> None:
        try:
            index = self.card.store(pdu)
        except CardFull:
            self.waiting.append(pdu)
            return
        if self.registers.indications[1] == 1:
            self.unsolicited.append(f'+CMTI: "SM",{index}')

    def _route(self, head: str, pdu: bytes) -> None:
        if self.registers.service == 0:
            self._send(head, pdu)
            return
        self.unacknowledged.append((head, pdu))
        if len(self.unacknowledged) == 1:
            self._send(head, pdu)

    def _send(self, head: str, pdu: bytes) -> None:
        self.unsolicited.append(f"{head}{tpdu_length(pdu)}\r\n{pdu.hex().upper()}")


def tpdu_length(pdu: bytes) -> int:
    """Octets of a PDU without its SMSC part, whose first octet says how long that is."""
    return len(pdu) - 1 - pdu[0]
