"""Which submits are still owed an answer: a late +CMGS names its submit by the instant of its 0x1A. In memory."""

from __future__ import annotations

from gatewayd.clock import Clock
from gatewayd.modem.ports import BELIEVED
from gatewayd.queue.claim import Claim


class Owed:
    """Claims whose outcome was unknown, by modem and instant (seconds on trio's clock)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._claims: dict[tuple[str, float], Claim] = {}

    def remember(self, modem: str, stamp: float, claim: Claim) -> None:
        """The modem owes the answer to the submit at ``stamp``."""
        oldest = self._clock.monotonic() - BELIEVED
        self._claims = {key: kept for key, kept in self._claims.items() if key[1] >= oldest}
        self._claims[modem, stamp] = claim

    def pop(self, modem: str, stamp: float) -> Claim | None:
        """The claim that an answer to the submit at ``stamp`` settles; None where it is unknown, or too old."""
        claim = self._claims.pop((modem, stamp), None)
        return claim if stamp >= self._clock.monotonic() - BELIEVED else None
