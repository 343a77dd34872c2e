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
from tests.simulation.network import Network, Taken

#: What each text repeats, so that the inbox tells which message it shows.
SAID = re.compile(r"\[r(\d+)\]")
#: What they mean.
KEYWORDS = {
    "STOP": "stop",
    "Start": "start",
    "¡Baja!": "stop",
    "alta": "start",
    "koniec": "stop",
    "atura": "stop",
}
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
    moods: random.Random
    """Decides who is annoyed, and what they do about it."""
    said: list[Said] = field(default_factory=list)
    heard: dict[bytes, float] = field(default_factory=dict)
    """When gatewayd had each part on disk, by its octets."""
    _written: Counter[str] = field(default_factory=Counter)
    _annoyed: set[str] = field(default_factory=set)

    async def write(self, until: float) -> None:
        """Write until then."""
        while trio.current_time() < until:
            await trio.sleep(self.rng.expovariate(1 / 3600.0))
            self._say()

    def _say(self) -> None:
        rng = self.rng
        mark = f"[r{len(self.said):05d}]"
        text = rng.choice(list(KEYWORDS)) if rng.random() < 0.15 else mark * rng.choice([1, 1, 20, 40, 60])
        if rng.random() < 0.2:
            # UCS-2, which holds fewer characters a part.
            text += "€ж"
        self._send(rng, rng.choice(self.numbers), text, rng.choice(self.sims()))

    def read(self, taken: Taken) -> None:
        """The recipient has got a part, and may have had enough."""
        # Who said STOP already says nothing more: twice the same within one second could not be told from an echo.
        if self.moods.random() < self.network.weather.annoy and taken.to not in self._annoyed:
            self._annoyed.add(taken.to)
            self.network.nursery.start_soon(self._protest, taken.to, taken.sim)

    async def _protest(self, number: str, sim: str) -> None:
        """STOP, and perhaps another mind later."""
        rng = self.moods
        await trio.sleep(rng.uniform(1.0, 1200.0))
        self._send(rng, number, "STOP", sim)
        if rng.random() < 0.7:
            await trio.sleep(rng.uniform(600.0, 7200.0))
            self._send(rng, number, "Start", sim)
            self._annoyed.discard(number)

    def _send(self, rng: random.Random, sender: str, text: str, sim: str) -> None:
        self._written[sender] += 1
        reference = self._written[sender] % 256
        now = self.network.clock.now()
        parts = encode_deliver(sender, text, smsc=_SMSC, reference=reference, at=now)
        said = Said(sender, text, sim, parts)
        self.said.append(said)
        for place in rng.sample(range(len(parts)), len(parts)):
            if rng.random() < self.network.weather.lose_part:
                said.lost.add(place)
            else:
                self.network.nursery.start_soon(self._carry, rng, sim, parts[place])

    async def _carry(self, rng: random.Random, sim: str, octets: bytes) -> None:
        weather = self.network.weather
        await trio.sleep(rng.uniform(0.0, 20.0))
        if rng.random() < weather.delay_part:
            await trio.sleep(rng.uniform(60.0, 20_000.0))
        self.network.post(sim, Incoming("message", octets))
        if rng.random() < weather.double_part:
            await trio.sleep(rng.uniform(0.0, 600.0))
            self.network.post(sim, Incoming("message", octets))
