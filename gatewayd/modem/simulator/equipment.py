"""The simulated modem's registers and what commands act on; it knows nothing of bytes and lines.

It writes no output itself: what the modem says unasked goes into ``unsolicited``, which the line discipline
(``modem.py``) empties when the rules of the dialogue let it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from gatewayd.modem.simulator.card import Card, Lock, Memory
from gatewayd.modem.simulator.incoming import Inbound, Incoming
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
    selected: str = "SM"
    """AT+CPMS: the memory that is read and deleted in."""
    memories: dict[str, Memory] = field(init=False)
    inbound: Inbound = field(init=False)

    def __post_init__(self) -> None:
        self.stat = self.settings.registration
        profile, slots = self.settings.profile, self.settings.slots
        self.memories = {name: Memory(slots, first=profile.first_index) for name in profile.memories}
        self._hold(self.card)
        self.inbound = Inbound(
            self.unsolicited.append,
            messages=self.card,
            reports=self.memories[profile.report_memory],
            announce_as=profile.announces_reports_as,
        )
        self.power_up()

    def power_up(self) -> None:
        """Start as after a reset or a new plug. What the SIM stores, and what the network holds back, stays."""
        self.reset_registers()
        self.smsc = self.settings.smsc
        self.selected = "SM"
        self.functionality = 1
        self.unsolicited.clear()
        self.card.power_up()

    def change_card(self, card: Card) -> None:
        """Have another SIM in it, or an empty holder, and say so as its make does; see ``Modem.change_card``."""
        self._hold(card)
        self.network.iccid = self.iccid
        self.inbound.use(messages=card, reports=self.memories[self.settings.profile.report_memory])
        card.power_up()
        profile = self.settings.profile
        for line in profile.sim_out if card.lock is Lock.ABSENT else profile.sim_in:
            self.unsolicited.append(f"+CPIN: {card.lock}" if line == "+CPIN: READY" else line)
        self.announce_registration()

    def _hold(self, card: Card) -> None:
        card.first = self.settings.profile.first_index
        self.card = self.memories["SM"] = card

    @property
    def iccid(self) -> str:
        """Of the SIM that is in it; empty where there is none."""
        return self.settings.iccid if self.card.iccid is None else self.card.iccid

    def reset_registers(self) -> None:
        """AT&F, ATZ."""
        self.registers = Registers(echo=self.settings.echo)
        self.inbound.reset()

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
        """Take an SMS-DELIVER (with its SMSC part) from the network."""
        self.inbound.receive(Incoming("message", pdu))

    def receive_report(self, pdu: bytes) -> None:
        """Take an SMS-STATUS-REPORT (with its SMSC part) from the network."""
        self.inbound.receive(Incoming("report", pdu))

    @property
    def memory(self) -> Memory:
        """The one that is selected."""
        return self.memories[self.selected]
