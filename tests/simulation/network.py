"""The seeded network: what it took is in its ledger, and that is the truth about what was sent."""

from __future__ import annotations

import random
import re
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import trio

from gatewayd.clock import VirtualClock
from gatewayd.modem.ports import LinkState, Mailbox, ModemStatus
from gatewayd.sms.decode import Submit
from tests.power import PowerCut
from tests.simulation.faults import Weather
from tests.simulation.reporting import status_report

#: Each text of the simulation repeats its message's mark, so that the ledger tells which message a part is of.
MARK = re.compile(r"\[m(\d+)\]")

#: Codes that a network or a modem gives; 1 and 10 are permanent, 8 stops the SIM.
CODES = (1, 10, 21, 22, 27, 38, 41, 42, 47, 111, 127, 195, 300, 301, 302, 314, 320, 331, 332, 500, 512, 515)


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


@dataclass
class Network:
    """What all modems submit to."""

    rng: random.Random
    weather: Weather
    clock: VirtualClock
    nursery: trio.Nursery
    ledger: list[Taken] = field(default_factory=list)
    reported: set[tuple[int, int]] = field(default_factory=set)
    """(message, part) of every final report of delivery that was ever sent out."""
    mailbox: Mailbox | None = None
    """Of the daemon that runs; None while none does."""
    listening: trio.Event = field(default_factory=trio.Event)
    _references: dict[str, int] = field(default_factory=dict)

    def take(self, modem: str, sim: str, submit: Submit) -> int:
        """Take a part; return its TP-MR, which counts per SIM."""
        reference = self._references[sim] = (self._references.get(sim, self.rng.randrange(256)) + 1) % 256
        mark = MARK.search(submit.text)
        assert mark is not None, submit.text
        concatenation = submit.concatenation
        number = 1 if concatenation is None else concatenation.number
        message = int(mark[1])
        self.ledger.append(
            Taken(trio.current_time(), modem, sim, submit.to, message, number, submit.reject_duplicates)
        )
        if submit.report and self.rng.random() >= self.weather.lose_report:
            self.nursery.start_soon(self._report, modem, sim, submit, reference, message, number)
        return reference

    async def _report(
        self, modem: str, sim: str, submit: Submit, reference: int, message: int, number: int
    ) -> None:
        rng, weather = self.rng, self.weather
        scts = self.clock.now()
        await trio.sleep(0.0 if rng.random() < weather.early_report else rng.uniform(3.0, 20.0))
        if rng.random() < weather.delay_report:
            await trio.sleep(rng.uniform(60.0, 20_000.0))
        shift = timedelta(hours=rng.randrange(-12, 13)) if rng.random() < weather.shift_zone else timedelta(0)
        delivered = rng.random() < 0.9
        octets = status_report(
            reference=reference,
            recipient=_rewritten(submit.to, rng) if rng.random() < weather.rewrite_number else submit.to,
            scts=scts + shift,
            discharged=self.clock.now() + shift,
            status=0x00 if delivered else 0x46,
        )
        if delivered:
            self.reported.add((message, number))
        for _ in range(2 if rng.random() < weather.double_report else 1):
            await self._deliver(modem, sim, octets)

    async def _deliver(self, modem: str, sim: str, octets: bytes) -> None:
        """A report lies in the modem until a daemon has taken it and says that it is on disk."""
        status = ModemStatus(modem, LinkState.READY, self.clock.now(), iccid=sim)
        while True:
            if self.mailbox is not None and await self.hand_over(self.mailbox.report(status, octets)):
                return
            await self.listening.wait()

    async def hand_over(self, taking: Coroutine[Any, Any, None]) -> bool:
        """Give something to the daemon; return whether it took it, rather than being killed."""
        try:
            await taking
        except PowerCut:
            return False
        return True


def _rewritten(number: str, rng: random.Random) -> str:
    """A Spanish mobile number as networks write it."""
    return rng.choice([number, number.removeprefix("+"), number.removeprefix("+34"), "0034" + number[3:]])
