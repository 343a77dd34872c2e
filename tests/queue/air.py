"""Modems made of nothing but time and a ledger: the far side of ``modem.ports`` for tests of the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import trio

from gatewayd.modem.ports import (
    Accepted,
    Line,
    LinkState,
    ModemStatus,
    NotArmed,
    Outcome,
    Phase,
    Refused,
    Said,
    Unknown,
)
from gatewayd.sms.decode import decode_submit
from gatewayd.sms.faults import lookup
from gatewayd.sms.pdu import Pdu


@dataclass(frozen=True)
class Heard:
    """What the network took."""

    at: float
    modem: str
    to: str
    text: str


@dataclass
class AirLine:
    """One modem. ``plan`` maps the number of a submit (from 0) to what happens instead of acceptance."""

    name: str
    ledger: list[Heard]
    latency: float = 2.0
    refusals: dict[int, tuple[str, int, float]] = field(default_factory=dict)
    unprompted: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    """Submits that are refused before the prompt."""
    barred: dict[str, int] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    """Submits that the network takes and that are never answered."""
    mute: set[int] = field(default_factory=set)
    """Submits for which the prompt never comes."""
    lost: set[int] = field(default_factory=set)
    """Submits in which the line dies just after 0x1A; the network takes none of them."""
    before_ctrl_z: Callable[[], Awaitable[None]] | None = None
    submits: int = 0
    reference: int | None = None
    """What the SIM says was used last, where it says so."""
    stamps: list[float] = field(default_factory=list)
    dialogue: tuple[Said, ...] = ()
    """What it tells of each submit that it doesn't accept."""

    async def last_reference(self) -> int | None:
        return self.reference

    async def submit(self, pdu: Pdu, *, arm: Callable[[], Awaitable[None]]) -> Outcome:
        number, self.submits = self.submits, self.submits + 1
        if self.before_ctrl_z is not None:
            await self.before_ctrl_z()
        if number in self.unprompted:
            kind, code = self.unprompted[number]
            return Refused(lookup(kind, code), Phase.COMMAND, None, 0.1)  # type: ignore[arg-type]
        if number in self.mute:
            await trio.sleep(10.0)
            return Unknown(Phase.COMMAND, "timeout: no prompt", None, 10.0)
        await arm()
        stamp = trio.current_time()
        self.stamps.append(stamp)
        if number in self.lost:
            return Unknown(Phase.SUBMITTED, "line lost", stamp, 0.0, self.dialogue)
        submit = decode_submit(pdu.octets)
        if (code := self.barred.get(submit.to)) is not None:
            self.refusals[number] = ("cms", code, self.latency)
        if number in self.refusals:
            kind, code, seconds = self.refusals[number]
            await trio.sleep(seconds)
            return Refused(
                lookup(kind, code),  # type: ignore[arg-type]
                Phase.SUBMITTED,
                stamp,
                seconds,
                self.dialogue,
            )
        self.ledger.append(Heard(stamp, self.name, submit.to, submit.text))
        if number in self.silent:
            await trio.sleep(180.0)
            return Unknown(Phase.SUBMITTED, "timeout", stamp, 180.0, self.dialogue)
        await trio.sleep(self.latency)
        return Accepted(number % 256, stamp, self.latency)


class Air:
    """All modems, and the ledger of their one network."""

    def __init__(self, names: Sequence[str]) -> None:
        self.ledger: list[Heard] = []
        self.lines = {name: AirLine(name, self.ledger) for name in names}
        self.recovered: list[str] = []
        self.suspected: list[str] = []
        self.housekept: list[str] = []
        self._status = {
            name: ModemStatus(
                name,
                LinkState.READY,
                datetime(2026, 1, 5, tzinfo=UTC),
                iccid=f"89340000000000000{number:02d}",
            )
            for number, name in enumerate(names)
        }
        self._watchers: dict[str, list[Callable[[], None]]] = {name: [] for name in names}

    def names(self) -> list[str]:
        return list(self.lines)

    def suspect(self, name: str) -> None:
        self.suspected.append(name)

    def status(self, name: str) -> ModemStatus:
        return self._status[name]

    def line(self, name: str) -> Line | None:
        return self.lines[name] if self._status[name].state is LinkState.READY else None

    def watch(self, name: str, on_change: Callable[[], None]) -> None:
        self._watchers[name].append(on_change)

    async def recover(self, name: str) -> None:
        await trio.lowlevel.checkpoint()
        self.recovered.append(name)

    async def housekeep(self, name: str) -> None:
        await trio.lowlevel.checkpoint()
        self.housekept.append(name)

    def change(self, name: str, state: LinkState, reason: str | None = None) -> None:
        """The modem vanishes, or comes back."""
        self._status[name] = replace(self._status[name], state=state, reason=reason)
        for on_change in self._watchers[name]:
            on_change()

    def swap_sim(self, name: str, iccid: str | None) -> None:
        """Another SIM is in the modem."""
        self._status[name] = replace(self._status[name], iccid=iccid)
        for on_change in self._watchers[name]:
            on_change()

    def texts(self) -> list[str]:
        """What the network took, in order."""
        return [heard.text for heard in self.ledger]


__all__ = ["Air", "AirLine", "Heard", "NotArmed"]
