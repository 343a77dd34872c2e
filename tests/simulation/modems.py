"""Modems of the simulation: they pass parts to the network, or don't, as the weather has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import trio

from gatewayd.modem.ports import Accepted, Line, LinkState, ModemStatus, Outcome, Phase, Refused, Unknown
from gatewayd.sms.decode import decode_submit
from gatewayd.sms.faults import lookup
from gatewayd.sms.pdu import Pdu
from tests.simulation.network import CODES, Network

#: Seconds: what the modem side waits for an answer, and what it believes a late one.
TIMEOUT, BELIEVED = 180.0, 600.0


class SimulatedLine:
    """One modem."""

    def __init__(self, name: str, iccid: str, network: Network) -> None:
        self.name = name
        self.status = ModemStatus(name, LinkState.READY, network.clock.now(), iccid=iccid)
        self.watchers: list[Callable[[], None]] = []
        self.stamps: list[float] = []
        self._network = network
        self._owes = False

    @property
    def usable(self) -> bool:
        """Whether it may be given a part: registered, and owing no answer."""
        return self.status.state is LinkState.READY and not self._owes

    def change(self, state: LinkState, iccid: str | None = None) -> None:
        """It vanishes, comes back, or comes back with another SIM."""
        self.status = replace(self.status, state=state, iccid=iccid or self.status.iccid)
        self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self.watchers):
            watcher()

    async def last_reference(self) -> int | None:
        return None

    async def submit(self, pdu: Pdu, *, arm: Callable[[], Awaitable[None]]) -> Outcome:
        """Submit one part, as ``ports.Line`` says."""
        rng, weather = self._network.rng, self._network.weather
        began = trio.current_time()
        await trio.sleep(rng.uniform(0.01, 0.2))
        if rng.random() < weather.no_prompt:
            await trio.sleep(10.0)
            return Unknown(Phase.COMMAND, "no prompt", None, trio.current_time() - began)
        if self.status.state is not LinkState.READY:
            return Unknown(Phase.COMMAND, "line lost", None, trio.current_time() - began)
        await arm()
        stamp = trio.current_time()
        self.stamps.append(stamp)
        if rng.random() < weather.unplug:
            return await self._unplugged(pdu, stamp)
        return await self._answer(pdu, stamp)

    async def _unplugged(self, pdu: Pdu, stamp: float) -> Outcome:
        network, rng = self._network, self._network.rng
        if rng.random() < 0.5:
            self._take(pdu)
        self.change(LinkState.ABSENT)
        network.nursery.start_soon(self._come_back, rng.uniform(1.0, 1500.0))
        return Unknown(Phase.SUBMITTED, "line lost", stamp, 0.0)

    async def _come_back(self, after: float) -> None:
        await trio.sleep(after)
        self.change(LinkState.READY)

    def _take(self, pdu: Pdu) -> int:
        iccid = self.status.iccid
        assert iccid is not None
        return self._network.take(self.name, iccid, decode_submit(pdu.octets))

    async def _answer(self, pdu: Pdu, stamp: float) -> Outcome:
        rng, weather = self._network.rng, self._network.weather
        seconds = rng.uniform(35.0, 120.0) if rng.random() < weather.slow else rng.uniform(0.5, 5.0)
        if rng.random() < weather.refuse:
            await trio.sleep(seconds)
            fault = lookup("cms", rng.choice(CODES))
            # What only the modem made up may hide an acceptance; the network's own word does not, unless it
            # comes as late as the radio's timer.
            if fault.doubtful(seconds) and rng.random() < 0.5:
                self._take(pdu)
            return Refused(fault, Phase.SUBMITTED, stamp, seconds)
        if rng.random() < weather.black_hole:
            return await self._silence(stamp, None)
        reference = self._take(pdu)
        if rng.random() < weather.lose_answer:
            return await self._silence(stamp, reference)
        await trio.sleep(seconds)
        return Accepted(reference, stamp, seconds)

    async def _silence(self, stamp: float, reference: int | None) -> Outcome:
        """The modem side gives up; the line owes an answer until one comes, or the modem was reset."""
        network, rng = self._network, self._network.rng
        await trio.sleep(TIMEOUT)
        self._owes = True
        self._tell()
        late = reference is not None and rng.random() < network.weather.late_answer
        network.nursery.start_soon(self._settle, stamp, reference if late else None, rng.uniform(1.0, 400.0))
        return Unknown(Phase.SUBMITTED, "timeout", stamp, TIMEOUT)

    async def _settle(self, stamp: float, reference: int | None, after: float) -> None:
        await trio.sleep(after)
        mailbox = self._network.mailbox
        if reference is not None and mailbox is not None:
            await self._network.hand_over(mailbox.late(self.status, stamp, reference, None))
        self._owes = False
        self._tell()


class SimulatedLines:
    """All modems, as the queue of one daemon sees them."""

    def __init__(self, lines: dict[str, SimulatedLine]) -> None:
        self._lines = lines
        for line in lines.values():
            # The watchers of a daemon die with it.
            line.watchers = []

    def names(self) -> list[str]:
        return list(self._lines)

    def status(self, name: str) -> ModemStatus:
        return self._lines[name].status

    def line(self, name: str) -> Line | None:
        return self._lines[name] if self._lines[name].usable else None

    def watch(self, name: str, on_change: Callable[[], None]) -> None:
        self._lines[name].watchers.append(on_change)

    async def recover(self, name: str) -> None:
        await trio.sleep(5.0)

    async def housekeep(self, name: str) -> None:
        await trio.sleep(1.0)
