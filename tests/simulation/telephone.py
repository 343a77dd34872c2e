"""Modems that speak AT commands: the package's simulated modem on a line in memory, with the real link on it.

So everything that a daemon does with a modem is real, down to the octets; what the line does to them is the weather's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio

from gatewayd.clock import Clock
from gatewayd.modem.link import Link
from gatewayd.modem.ports import Line, Mailbox, ModemStatus
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.simulator.card import Card
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.incoming import Incoming
from gatewayd.modem.simulator.injection import Effect
from gatewayd.modem.simulator.modem import Modem
from gatewayd.modem.simulator.network import Ended, Transmission
from gatewayd.modem.simulator.profiles import PROFILES
from gatewayd.modem.simulator.settings import SimulatorSettings
from gatewayd.queue.journal import DatabaseJournal
from gatewayd.sms.faults import lookup
from gatewayd.sms.pdu import Submit, decode_submit
from gatewayd.store.runner import Runner
from gatewayd.wakeup import Wakeup
from tests.simulation.modems import TIMEOUT
from tests.simulation.network import CODES, Network

#: Seconds. Looking at everything twice a minute for three days would cost more than all the rest of a day.
_LOOK = 900.0


class Cell:
    """The network as one modem has it (the part of ``simulator.network.Network`` that a modem uses)."""

    def __init__(self, telephone: Telephone, network: Network, rng: random.Random) -> None:
        self._telephone = telephone
        self._network = network
        self._rng = rng
        self._ended = Ended(None, None, None)
        self.last_mr = 255

    def swallows_prompt(self, _now: float) -> bool:
        """Whether AT+CMGS brings no prompt this time."""
        return self._rng.random() < self._network.weather.no_prompt

    def submit(self, pdu: bytes, stamp: float) -> Transmission:
        """Take a PDU over from the modem, and decide what becomes of it."""
        rng, weather = self._rng, self._network.weather
        self._telephone.stamps.append(stamp)
        submit = decode_submit(pdu)
        self._network.offer(self._telephone.name, self._telephone.sim, submit)
        seconds = rng.uniform(35.0, 120.0) if rng.random() < weather.slow else rng.uniform(0.5, 5.0)
        if rng.random() < weather.unplug:
            self._network.nursery.start_soon(self._telephone.fall_out, rng.uniform(0.0, 5.0))
        if rng.random() < weather.refuse:
            code = rng.choice(CODES)
            if lookup("cms", code).doubtful(seconds) and rng.random() < 0.5:
                self._take(submit)
            self._ended = Ended(Effect.CMS, code, None)
        elif rng.random() < weather.black_hole:
            self._ended = Ended(Effect.TIMEOUT, None, None)
        else:
            reference = self._take(submit)
            lost = rng.random() < weather.lose_answer
            if lost and rng.random() < weather.late_answer:
                lost, seconds = False, TIMEOUT + rng.uniform(1.0, 400.0)
            self._ended = Ended(Effect.LOST if lost else None, None, reference)
        return Transmission(pdu, submit, stamp, seconds, None)

    def _take(self, submit: Submit) -> int:
        self.last_mr = self._network.take(self._telephone.name, self._telephone.sim, submit)
        return self.last_mr

    def settle(self, _transmission: Transmission) -> Ended:
        """What the modem says of it."""
        return self._ended


class Telephone:
    """One modem, with its SIM, and the line to it: a ``modem.port.Device``."""

    def __init__(self, name: str, iccid: str, network: Network, rng: random.Random) -> None:
        self.name = name
        self.stamps: list[float] = []
        self.present = True
        self._network = network
        self._rng = rng
        self._cell = Cell(self, network, rng)
        self._profile = rng.choice(sorted(PROFILES))
        self._line: MemoryLine | None = None
        self._wakeup = Wakeup()
        self._plugged = trio.Event()
        """The next time that it is plugged in."""
        self._insert(iccid)
        network.listeners.append(self._collect)
        network.nursery.start_soon(self._run)

    @property
    def sim(self) -> str:
        """The ICCID of the SIM that is in it."""
        return self._modem.equipment.settings.iccid

    def _insert(self, iccid: str) -> None:
        settings = SimulatorSettings(
            link=Path(self.name), iccid=iccid, profile=PROFILES[self._profile], boot_seconds=3.0
        )
        equipment = Equipment(settings, self._cell, Card(settings.slots))  # type: ignore[arg-type]
        self._modem = Modem(equipment)
        equipment.inbound.attend(attended=False)

    def pull(self) -> None:
        """It vanishes."""
        self.present = False
        self.hang_up()
        self._modem.power_up()

    def plug(self, sim: str | None = None) -> None:
        """It comes back, perhaps with another SIM."""
        if sim is not None:
            self.pull()
            equipment = self._modem.equipment
            stored = [Incoming("message", entry.pdu) for entry in equipment.card.messages.values()]
            self._network.letters[self.sim].extend([*stored, *equipment.inbound.held])
            self._insert(sim)
        self.present = True
        self._plugged.set()
        self._plugged = trio.Event()
        self._collect()

    async def fall_out(self, after: float) -> None:
        """Vanish in the middle of something, for a while."""
        await trio.sleep(after)
        if self.present:
            self.pull()
            await trio.sleep(self._rng.uniform(1.0, 1500.0))
            self.plug()

    def _collect(self) -> None:
        """Take what the network has for the SIM."""
        letters = self._network.letters[self.sim]
        if self.present and letters:
            while letters:
                self._modem.equipment.inbound.receive(letters.popleft())
            self._wakeup.ring()

    # --- the line ---

    def is_present(self) -> bool:
        """Whether there is something to open: always, since ``open`` waits until it is plugged in.

        Else the link would look four times a second, which would cost more than all the rest of a day.
        """
        return True

    async def open(self) -> MemoryLine:
        """Open the line to it, once it is there."""
        await trio.lowlevel.checkpoint()
        while not self.present:
            await self._plugged.wait()
        self._line = MemoryLine(self)
        self._modem.equipment.inbound.attend(attended=True)
        self._wakeup.ring()
        return self._line

    def hang_up(self) -> None:
        """Break off the line, and leave the modem to itself."""
        if self._line is not None:
            self._line.break_off()
            self._line = None
        self._modem.equipment.inbound.attend(attended=False)

    def left(self, line: MemoryLine) -> None:
        """Nobody has ``line`` open any more."""
        if self._line is line:
            self.hang_up()

    def hear(self, data: bytes) -> None:
        """Take in what the host wrote."""
        self._say(self._modem.receive(data, trio.current_time()))
        self._wakeup.ring()

    async def _run(self) -> None:
        while True:
            self._say(self._modem.advance(trio.current_time()))
            await self._wakeup.wait(self._modem.due)

    def _say(self, data: bytes) -> None:
        if data and self._line is not None:
            self._line.arrive(damaged(data, self._rng, self._network.weather.garble))


def damaged(data: bytes, rng: random.Random, share: float) -> bytes:
    """What arrives of ``data``: of its lines, a ``share`` is missing, doubled, or has a damaged octet.

    A damaged octet has its highest bit set, as by a wrong parity: one digit that becomes another nobody could notice.
    """
    if not share:
        return data
    lines = []
    for line in data.splitlines(keepends=True):
        if line.strip() and rng.random() < share:
            kind = rng.randrange(3)
            place = rng.randrange(len(line.rstrip()))
            line = [b"", line * 2, line[:place] + bytes([line[place] | 0x80]) + line[place + 1 :]][kind]
        lines.append(line)
    return b"".join(lines)


class MemoryLine(trio.abc.Stream):
    """The host's end of an open line: a ``modem.port.Port`` that is its own stream."""

    def __init__(self, telephone: Telephone) -> None:
        self._telephone = telephone
        self._buffer = bytearray()
        self._arrived = Wakeup()
        self._gone = False

    @property
    def stream(self) -> MemoryLine:
        """Its two directions."""
        return self

    def arrive(self, data: bytes) -> None:
        """The modem said something."""
        self._buffer += data
        self._arrived.ring()

    def break_off(self) -> None:
        """The modem is gone."""
        self._gone = True
        self._arrived.ring()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await trio.lowlevel.checkpoint()
        if self._gone:
            raise trio.BrokenResourceError
        self._telephone.hear(bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        await trio.lowlevel.checkpoint()
        while not self._buffer:
            if self._gone:
                raise trio.BrokenResourceError
            await self._arrived.wait()
        data = bytes(self._buffer[:max_bytes])
        del self._buffer[: len(data)]
        return data

    async def aclose(self) -> None:
        self._gone = True
        self._arrived.ring()
        self._telephone.left(self)
        await trio.lowlevel.checkpoint()


class LinkedLines:
    """All of them, as the queue of one daemon sees them: what ``modem.pool.Pool`` is to serial ports."""

    def __init__(self, telephones: dict[str, Telephone], database: Runner, clock: Clock) -> None:
        self._watchers: dict[str, list[Callable[[], None]]] = {name: [] for name in telephones}
        self._telephones = list(telephones.values())
        journal = DatabaseJournal(database, clock)
        self._links = {
            name: Link(
                ModemSettings(name=name, port=Path(name), refresh_interval=_LOOK, poll_interval=_LOOK),
                telephone,
                journal=journal,
                clock=clock,
                on_change=partial(self._tell, name),
            )
            for name, telephone in telephones.items()
        }

    async def run(self, mailbox: Mailbox) -> None:
        """Keep the links for this daemon, until it is killed."""
        async with trio.open_nursery() as nursery:
            for link in self._links.values():
                link.receiver.mailbox = mailbox
                nursery.start_soon(link.run)
                nursery.start_soon(link.receiver.run)

    def cut(self) -> None:
        """The daemon is killed, and its lines with it."""
        for telephone in self._telephones:
            telephone.hang_up()

    def _tell(self, name: str) -> None:
        for watcher in self._watchers[name]:
            watcher()

    def names(self) -> list[str]:
        return list(self._links)

    def status(self, name: str) -> ModemStatus:
        return self._links[name].status

    def line(self, name: str) -> Line | None:
        return self._links[name] if self._links[name].can_submit else None

    def watch(self, name: str, on_change: Callable[[], None]) -> None:
        self._watchers[name].append(on_change)

    def suspect(self, name: str) -> None:
        self._links[name].suspect()

    async def recover(self, name: str) -> None:
        await self._links[name].recover()

    async def housekeep(self, name: str) -> None:
        await self._links[name].receiver.housekeep()
