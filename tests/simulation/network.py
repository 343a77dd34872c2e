"""The seeded network: what it took, reported and delivered is in its ledgers, and that is the truth about all of it."""

from __future__ import annotations

import random
import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import trio

from gatewayd.clock import VirtualClock
from gatewayd.modem.simulator.incoming import Incoming
from gatewayd.sms.pdu import Submit
from tests.simulation.faults import Weather
from tests.simulation.reporting import status_report

#: Each text of the simulation repeats its message's mark, so that the ledger tells which message a part is of.
MARK = re.compile(r"\[m(\d+)\]")

#: Codes that a network or a modem gives; 1 and 10 are permanent, 8 stops the SIM.
CODES = (1, 10, 21, 22, 27, 38, 41, 42, 47, 111, 127, 195, 300, 301, 302, 314, 320, 331, 332, 500, 512, 515)

#: TP-ST (3GPP TS 23.040 §9.2.3.15): delivered; the recipient is unknown; still trying.
_DELIVERED, _FAILED, _TRYING = 0x00, 0x46, 0x20


@dataclass(frozen=True)
class Offered:
    """One 0x1A: a part that a modem was given to send, whether the network took it or not."""

    at: float
    wall: datetime
    """The same instant, as gatewayd's wall clock had it."""
    modem: str
    sim: str
    to: str
    message: int
    """The number in its mark."""
    part: int


@dataclass(frozen=True)
class Taken:
    """One part that the network took."""

    at: float
    modem: str
    sim: str
    to: str
    message: int
    """The number in its mark."""
    part: int
    rejects_duplicates: bool


@dataclass(frozen=True)
class Told:
    """What one delivery report said."""

    message: int
    part: int
    status: int
    scts: datetime
    """As the service centre wrote it."""


@dataclass
class Network:
    """What all modems submit to, and receive from."""

    rng: random.Random
    weather: Weather
    clock: VirtualClock
    nursery: trio.Nursery
    offers: list[Offered] = field(default_factory=list)
    ledger: list[Taken] = field(default_factory=list)
    readers: list[Callable[[Taken], None]] = field(default_factory=list)
    """Told of each part that is taken: its recipient gets it."""
    reports: set[Told] = field(default_factory=set)
    """Every report that was ever sent out."""
    letters: dict[str, deque[Incoming]] = field(default_factory=lambda: defaultdict(deque))
    """What waits for each SIM (ICCID), or lies on it; at the end, on those that have been taken out."""
    listeners: list[Callable[[], None]] = field(default_factory=list)
    """Told when something may be there for them."""
    busy: trio.Event = field(default_factory=trio.Event)
    """The next 0x1A that any modem gets, or the next thing that arrives."""
    _references: dict[str, int] = field(default_factory=dict)

    def notice(self) -> None:
        """A modem got 0x1A, or something arrived."""
        self.busy.set()
        self.busy = trio.Event()

    def offer(self, modem: str, sim: str, submit: Submit) -> None:
        """A modem with that SIM got 0x1A behind this."""
        now = trio.current_time()
        self.offers.append(Offered(now, self.clock.now(), modem, sim, submit.to, *_name(submit)))
        self.notice()

    def take(self, modem: str, sim: str, submit: Submit) -> int:
        """Take a part; return its TP-MR, which counts per SIM."""
        if self.rng.random() < self.weather.strangers:
            self.nursery.start_soon(self._report_to_stranger, sim, self._count(sim))
        reference = self._count(sim)
        message, number = _name(submit)
        taken = Taken(trio.current_time(), modem, sim, submit.to, message, number, submit.reject_duplicates)
        self.ledger.append(taken)
        for reader in self.readers:
            reader(taken)
        if submit.report and self.rng.random() >= self.weather.lose_report:
            self.nursery.start_soon(self._report, sim, submit, reference, message, number)
        return reference

    def _count(self, sim: str) -> int:
        last = self._references.get(sim, self.rng.randrange(256))
        if self.rng.random() < self.weather.forget_reference:
            last = -1
        self._references[sim] = (last + 1) % 256
        return self._references[sim]

    async def _report_to_stranger(self, sim: str, reference: int) -> None:
        now = self.clock.now()
        await trio.sleep(self.rng.uniform(3.0, 200.0))
        octets = status_report(
            reference=reference, recipient="+34699000000", scts=now, discharged=now, status=_DELIVERED
        )
        self.post(sim, Incoming("report", octets))

    async def _report(self, sim: str, submit: Submit, reference: int, message: int, number: int) -> None:
        rng, weather = self.rng, self.weather
        shift = timedelta(hours=rng.randrange(-12, 13)) if rng.random() < weather.shift_zone else timedelta(0)
        scts = (self.clock.now() + shift).replace(microsecond=0)
        recipient = _rewritten(submit.to, rng) if rng.random() < weather.rewrite_number else submit.to

        def send(status: int) -> None:
            octets = status_report(
                reference=reference,
                recipient=recipient,
                scts=scts,
                discharged=self.clock.now() + shift,
                status=status,
            )
            self.reports.add(Told(message, number, status, scts))
            for _ in range(2 if rng.random() < weather.double_report else 1):
                self.post(sim, Incoming("report", octets))

        await trio.sleep(0.0 if rng.random() < weather.early_report else rng.uniform(3.0, 20.0))
        if rng.random() < weather.try_for_long:
            send(_TRYING)
            await trio.sleep(rng.uniform(1.0, 3_000.0))
        if rng.random() < weather.delay_report:
            await trio.sleep(rng.uniform(60.0, 20_000.0))
        send(_DELIVERED if rng.random() < 0.9 else _FAILED)

    def post(self, sim: str, letter: Incoming) -> None:
        """Give something to that SIM, as soon as it is in a modem that is there."""
        self.letters[sim].append(letter)
        self.notice()
        for listener in self.listeners:
            listener()


def _name(submit: Submit) -> tuple[int, int]:
    """The number in its message's mark, and which part of it this is."""
    mark = MARK.search(submit.text)
    assert mark is not None, submit.text
    concatenation = submit.concatenation
    return int(mark[1]), 1 if concatenation is None else concatenation.number


def _rewritten(number: str, rng: random.Random) -> str:
    """A Spanish mobile number as networks write it."""
    return rng.choice([number, number.removeprefix("+"), number.removeprefix("+34"), "0034" + number[3:]])
