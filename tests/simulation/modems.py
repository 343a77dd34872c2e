"""Modems of the simulation: they pass parts to the network, or don't, as the weather has it.

These speak no AT commands: they are what the queue sees of a modem. ``telephone`` has those that do.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import trio

from gatewayd.modem.ports import (
    Accepted,
    Line,
    LinkState,
    Mailbox,
    ModemStatus,
    Outcome,
    Phase,
    Refused,
    Unknown,
)
from gatewayd.sms.faults import lookup
from gatewayd.sms.pdu import Pdu, decode_submit
from gatewayd.store.runner import Runner
from gatewayd.wakeup import Wakeup
from tests.power import PowerCut
from tests.simulation.network import CODES, Network

#: Seconds that the modem side waits for an answer.
TIMEOUT = 180.0


class SimulatedLine:
    """One modem."""

    def __init__(self, name: str, iccid: str, network: Network, rng: random.Random) -> None:
        self.name = name
        self.status = ModemStatus(name, LinkState.READY, network.clock.now(), iccid=iccid)
        self.watchers: list[Callable[[], None]] = []
        self.stamps: list[float] = []
        self._network = network
        self._rng = rng
        self._owes = False
        self.daemons = 0
        """How many have had it."""
        self._arrived = Wakeup()
        self.mailbox: Mailbox | None = None
        """Of the daemon that runs; None while none does."""
        network.listeners.append(self._arrived.ring)

    @property
    def sim(self) -> str:
        """The ICCID of the SIM that is in it."""
        assert self.status.iccid is not None
        return self.status.iccid

    @property
    def present(self) -> bool:
        """Whether it is plugged in."""
        return self.status.state is LinkState.READY

    @property
    def usable(self) -> bool:
        """Whether it may be given a part: registered, and owing no answer."""
        return self.present and not self._owes

    def pull(self) -> None:
        """It vanishes."""
        self._change(state=LinkState.ABSENT)

    def plug(self, sim: str | None = None) -> None:
        """It comes back, perhaps with another SIM."""
        self._change(state=LinkState.READY, iccid=sim or self.sim)

    def _change(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self._arrived.ring()
        self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self.watchers):
            watcher()

    # --- what it receives ---

    async def read(self) -> None:
        """Take what lies on the SIM to the mailbox, and delete it there once that has it."""
        assert self.mailbox is not None
        mailbox = self.mailbox
        while True:
            sim, letters = self.sim, self._network.letters[self.sim]
            if not self.present or not letters:
                await self._arrived.wait()
                continue
            letter, status = letters[0], self.status
            await trio.sleep(self._rng.uniform(0.01, 0.5))
            await (mailbox.report if letter.kind == "report" else mailbox.message)(status, letter.pdu)
            await trio.sleep(self._rng.uniform(0.01, 0.5))
            if self.present and self.sim == sim:
                letters.popleft()

    # --- what it sends ---

    async def last_reference(self) -> int | None:
        return None

    async def submit(self, pdu: Pdu, *, arm: Callable[[], Awaitable[None]]) -> Outcome:
        """Submit one part, as ``ports.Line`` says."""
        rng, weather = self._rng, self._network.weather
        began, daemon, sim = trio.current_time(), self.daemons, self.sim
        await trio.sleep(rng.uniform(0.01, 0.2))
        # A prompt that is damaged is none.
        if rng.random() < weather.no_prompt or rng.random() < weather.garble:
            await trio.sleep(10.0)
            return Unknown(Phase.COMMAND, "no prompt", None, trio.current_time() - began)
        # Nobody changes a SIM without taking the modem out.
        if not self.present or self.sim != sim:
            return Unknown(Phase.COMMAND, "line lost", None, trio.current_time() - began)
        await arm()
        if daemon != self.daemons:
            raise PowerCut
        stamp = trio.current_time()
        if self.sim != sim:
            return Unknown(Phase.SUBMITTED, "line lost", stamp, 0.0)
        self.stamps.append(stamp)
        self._network.offer(self.name, self.sim, decode_submit(pdu.octets))
        if rng.random() < weather.unplug:
            return await self._unplugged(pdu, self.sim, stamp)
        return await self._answer(pdu, self.sim, stamp)

    async def _unplugged(self, pdu: Pdu, sim: str, stamp: float) -> Outcome:
        if self._rng.random() < 0.5:
            self._take(pdu, sim)
        self.pull()
        self._network.nursery.start_soon(self._come_back, self._rng.uniform(1.0, 1500.0))
        return Unknown(Phase.SUBMITTED, "line lost", stamp, 0.0)

    async def _come_back(self, after: float) -> None:
        await trio.sleep(after)
        self.plug()

    def _take(self, pdu: Pdu, sim: str) -> int:
        """``sim`` is the one that the submit began with: another may be in by the time of the answer."""
        return self._network.take(self.name, sim, decode_submit(pdu.octets))

    async def _answer(self, pdu: Pdu, sim: str, stamp: float) -> Outcome:
        rng, weather = self._rng, self._network.weather
        seconds = rng.uniform(35.0, 120.0) if rng.random() < weather.slow else rng.uniform(0.5, 5.0)
        if rng.random() < weather.refuse:
            await trio.sleep(seconds)
            fault = lookup("cms", rng.choice(CODES))
            # What only the modem made up may hide an acceptance; the network's own word does not, unless it
            # comes as late as the radio's timer.
            if fault.doubtful(seconds) and rng.random() < 0.5:
                self._take(pdu, sim)
            return Refused(fault, Phase.SUBMITTED, stamp, seconds)
        if rng.random() < weather.black_hole:
            return await self._silence(stamp, None)
        reference = self._take(pdu, sim)
        if rng.random() < weather.lose_answer:
            return await self._silence(stamp, reference)
        await trio.sleep(seconds)
        if rng.random() < weather.garble:
            return rng.choice(
                [Accepted(None, stamp, seconds), Unknown(Phase.SUBMITTED, "two answers", stamp, seconds)]
            )
        return Accepted(reference, stamp, seconds)

    async def _silence(self, stamp: float, reference: int | None) -> Outcome:
        """The modem side gives up; the line owes an answer until one comes, or the modem was reset."""
        network, rng = self._network, self._rng
        await trio.sleep(TIMEOUT)
        self._owes = True
        self._tell()
        late = reference is not None and rng.random() < network.weather.late_answer
        network.nursery.start_soon(self._settle, stamp, reference if late else None, rng.uniform(1.0, 400.0))
        return Unknown(Phase.SUBMITTED, "timeout", stamp, TIMEOUT)

    async def _settle(self, stamp: float, reference: int | None, after: float) -> None:
        await trio.sleep(after)
        if reference is not None and self.mailbox is not None:
            with suppress(PowerCut):
                await self.mailbox.late(self.status, stamp, reference, None)
        self._owes = False
        self._tell()


class SimulatedLines:
    """All modems, as the queue of one daemon sees them."""

    def __init__(self, lines: dict[str, SimulatedLine], _database: Runner) -> None:
        self._lines = lines
        for line in lines.values():
            # The watchers of a daemon die with it.
            line.watchers = []

    async def run(self, mailbox: Mailbox) -> None:
        """Receive for this daemon, until it is killed."""
        async with trio.open_nursery() as nursery:
            for line in self._lines.values():
                line.mailbox = mailbox
                nursery.start_soon(line.read)

    def cut(self) -> None:
        """The daemon is killed: what it was about to do is not done any more."""
        for line in self._lines.values():
            line.mailbox = None
            line.daemons += 1

    def names(self) -> list[str]:
        return list(self._lines)

    def status(self, name: str) -> ModemStatus:
        return self._lines[name].status

    def line(self, name: str) -> Line | None:
        return self._lines[name] if self._lines[name].usable else None

    def watch(self, name: str, on_change: Callable[[], None]) -> None:
        self._lines[name].watchers.append(on_change)

    def suspect(self, _name: str) -> None:
        """These modems don't mix up their answers."""

    async def recover(self, name: str) -> None:
        await trio.sleep(5.0)

    async def housekeep(self, name: str) -> None:
        await trio.sleep(1.0)
