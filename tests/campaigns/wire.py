"""A line in memory between a real ``Link`` and the core of the simulated modem, on which any octet can go wrong."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

import trio
from trio.testing import memory_stream_pair

from gatewayd.modem.port import Port
from gatewayd.modem.simulator import Entry, Injection, Ledger, SimulatorSettings
from gatewayd.modem.simulator.card import Card
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.modem import Modem
from gatewayd.modem.simulator.network import Network
from gatewayd.wakeup import Wakeup

#: Seconds that a modem stays away which was pulled out.
AWAY = 2.0


class Direction(enum.StrEnum):
    """Which way an octet goes."""

    TO_MODEM = "to-modem"
    TO_HOST = "to-host"


class Fault(enum.StrEnum):
    """What happens at an octet."""

    DROP = "drop"
    DOUBLE = "double"
    GARBLE = "garble"
    ESCAPE = "esc"
    """ESC comes instead, which gives a PDU up: one bit makes it of 0x1A."""
    DELAY = "delay"
    """It, and what follows, comes seconds later."""
    STALL = "stall"
    """It, and what follows, comes after every time-out of the dialogue."""
    UNPLUG = "unplug"
    """It never comes: the modem is pulled out, and loses its power."""
    HANG_UP = "hang-up"
    """It never comes: the port goes away for a moment, and the modem carries on."""
    UNSOLICITED = "urc"
    """The modem says something unasked right there."""
    ECHO = "echo"
    """It, and what follows, comes back to whoever wrote it as well."""


@dataclass
class Plan:
    """One fault, at octet ``place`` (from 0) of one direction, counted from where the plan is laid."""

    fault: Fault
    direction: Direction
    place: int
    replacement: int
    """For GARBLE: the octet that comes instead."""
    seconds: float
    """For DELAY and STALL."""
    line: bytes
    """For UNSOLICITED."""


class _Gone(Exception):
    """The port has gone away."""


@dataclass
class Wire:
    """The modem, and the place where it is plugged in (``port.Device``)."""

    nursery: trio.Nursery
    errors: tuple[Injection, ...] = ()
    latency: float = 2.0
    name: str = "/dev/modem"
    plan: Plan | None = None
    counts: dict[Direction, int] = field(default_factory=dict)
    """Octets in each direction since ``lay``."""
    _present: bool = True
    _ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        settings = SimulatorSettings(link=Path(self.name), latency=self.latency, errors=self.errors)
        self._core = Modem(Equipment(settings, Network(settings, self._ledger), Card(settings.slots)))
        self.lay(None)

    @property
    def taken(self) -> list[Entry]:
        """What the network took."""
        return [entry for entry in self._ledger.entries if entry.event == "accepted"]

    def lay(self, plan: Plan | None) -> None:
        """Count from here, and let ``plan`` happen; None: nothing happens any more."""
        self.plan = plan
        self.counts = dict.fromkeys(Direction, 0)

    def is_present(self) -> bool:
        return self._present

    async def open(self) -> Port:
        await trio.lowlevel.checkpoint()
        near, far = memory_stream_pair()
        self.nursery.start_soon(_Connection(self, self._core, far).run)
        return _Port(near)

    async def pull(self, *, power: bool) -> None:
        """Take it away, for a while; without ``power`` it forgets what it was at."""
        self._present = False
        if not power:
            self._core.power_up()
        await trio.sleep(AWAY)
        self._present = True


@dataclass
class _Port:
    stream: trio.abc.Stream

    async def aclose(self) -> None:
        await self.stream.aclose()


class _Connection:
    """The modem's side of an open port."""

    def __init__(self, wire: Wire, core: Modem, far: trio.abc.Stream) -> None:
        self._wire = wire
        self._core = core
        self._far = far
        self._wakeup = Wakeup()
        self._say, self._said = trio.open_memory_channel[bytes](1000)
        self._writing = trio.StrictFIFOLock()
        self._echoing: set[Direction] = set()

    async def run(self) -> None:
        fault = None
        try:
            async with trio.open_nursery() as nursery:
                for service in (self._hear, self._speak, self._tick):
                    nursery.start_soon(service)
        except* _Gone:
            fault = self._wire.plan.fault if self._wire.plan else None
        except* (trio.BrokenResourceError, trio.ClosedResourceError, trio.EndOfChannel):
            # We closed the port.
            await trio.lowlevel.checkpoint()
        await self._far.aclose()
        if fault is not None:
            await self._wire.pull(power=fault is Fault.HANG_UP)

    async def _hear(self) -> None:
        while data := await self._far.receive_some(4096):
            for octet in bytes(data):
                await self._carry(Direction.TO_MODEM, octet)
        raise trio.EndOfChannel

    async def _speak(self) -> None:
        async for data in self._said:
            for octet in data:
                await self._carry(Direction.TO_HOST, octet)

    async def _tick(self) -> None:
        while True:
            await self._wakeup.wait(self._core.due)
            self._answer(b"")

    def _answer(self, heard: bytes) -> None:
        now = trio.current_time()
        if said := self._core.receive(heard, now) if heard else self._core.advance(now):
            self._say.send_nowait(said)

    async def _put(self, direction: Direction, octets: bytes) -> None:
        if direction is Direction.TO_MODEM:
            self._answer(octets)
            self._wakeup.ring()
        else:
            async with self._writing:
                await self._far.send_all(octets)

    async def _carry(self, direction: Direction, octet: int) -> None:
        """Bring one octet to the other side, if nothing happens to it."""
        place = self._wire.counts[direction]
        self._wire.counts[direction] += 1
        plan = self._wire.plan
        whole = bytes([octet])
        if plan is not None and (plan.direction, plan.place) == (direction, place):
            whole = await self._go_wrong(plan, whole)
        if plan is None:
            self._echoing.clear()
        if whole:
            await self._put(direction, whole)
        if direction in self._echoing:
            await self._put(_BACK[direction], whole)

    async def _go_wrong(self, plan: Plan, octet: bytes) -> bytes:
        """Let it happen; return what comes through in place of ``octet``."""
        match plan.fault:
            case Fault.DROP:
                return b""
            case Fault.DOUBLE:
                return octet + octet
            case Fault.GARBLE:
                return bytes([plan.replacement])
            case Fault.ESCAPE:
                return b"\x1b"
            case Fault.DELAY | Fault.STALL:
                await trio.sleep(plan.seconds)
            case Fault.UNPLUG | Fault.HANG_UP:
                raise _Gone
            case Fault.UNSOLICITED:
                await self._put(Direction.TO_HOST, plan.line)
            case Fault.ECHO:
                self._echoing.add(plan.direction)
        return octet


_BACK = {Direction.TO_MODEM: Direction.TO_HOST, Direction.TO_HOST: Direction.TO_MODEM}
