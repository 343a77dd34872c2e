"""People who write to our SIMs: keywords, short texts, and long ones whose parts the network brings in any order."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import trio

from gatewayd.modem.simulator.deliveries import encode_deliver
from gatewayd.modem.simulator.incoming import Incoming
from tests.simulation.network import Network

#: What each text repeats, so that the inbox tells which message it shows.
SAID = re.compile(r"\[r(\d+)\]")
KEYWORDS = ("STOP", "Start", "¡Baja!", "alta", "koniec", "atura")
_SMSC = "+34600000999"


@dataclass
class Said:
    """One message to one of our SIMs."""

    sender: str
    text: str
    sim: str
    parts: list[bytes]
    lost: set[int] = field(default_factory=set)
    """Places in ``parts`` of those that the network never delivers."""


@dataclass
class People:
    """Everybody who has one of the ``numbers``; ``sims`` tells where they can write to at the moment."""

    rng: random.Random
    network: Network
    numbers: list[str]
    sims: Callable[[], list[str]]
    said: list[Said] = field(default_factory=list)
    _written: Counter[str] = field(default_factory=Counter)

    async def write(self, until: float) -> None:
        """Write until then."""
        while trio.current_time() < until:
            await trio.sleep(self.rng.expovariate(1 / 3600.0))
            self._say()

    def _say(self) -> None:
        rng = self.rng
        mark = f"[r{len(self.said):05d}]"
        text = rng.choice(KEYWORDS) if rng.random() < 0.15 else mark * rng.choice([1, 1, 20, 40, 60])
        if rng.random() < 0.2:
            # UCS-2, which holds fewer characters a part.
            text += "€ж"
        sender = rng.choice(self.numbers)
        self._written[sender] += 1
        reference = self._written[sender] % 256
        now = self.network.clock.now()
        parts = encode_deliver(sender, text, smsc=_SMSC, reference=reference, at=now)
        said = Said(sender, text, rng.choice(self.sims()), parts)
        self.said.append(said)
        for place in rng.sample(range(len(parts)), len(parts)):
            if rng.random() < self.network.weather.lose_part:
                said.lost.add(place)
            else:
                self.network.nursery.start_soon(self._carry, said.sim, parts[place])

    async def _carry(self, sim: str, octets: bytes) -> None:
        rng, weather = self.rng, self.network.weather
        await trio.sleep(rng.uniform(0.0, 20.0))
        if rng.random() < weather.delay_part:
            await trio.sleep(rng.uniform(60.0, 20_000.0))
        self.network.post(sim, Incoming("message", octets))
        if rng.random() < weather.double_part:
            await trio.sleep(rng.uniform(0.0, 600.0))
            self.network.post(sim, Incoming("message", octets))
