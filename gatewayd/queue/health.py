"""How a modem fares at sending: faults in a row, and its rests. In memory; a restart begins with hope."""

from __future__ import annotations

import math

from gatewayd.clock import Clock
from gatewayd.queue.retry import Decision


class Health:
    """The count of faults in a row of one modem, and until when it rests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.failing = 0
        self.resting_until = -math.inf
        """Seconds on trio's clock."""
        self.reason: str | None = None

    def record(self, decision: Decision) -> None:
        """Take in what a try told about the modem."""
        self.failing = self.failing + 1 if decision.failing else 0
        if decision.rest:
            self.resting_until = self._clock.monotonic() + decision.rest
            self.reason = " ".join(filter(None, (decision.error, decision.error_text)))

    def resting(self) -> bool:
        """Whether it rests now."""
        return self._clock.monotonic() < self.resting_until

    def left(self) -> float:
        """Seconds of rest that are left, 0 for none."""
        return max(0.0, self.resting_until - self._clock.monotonic())

    def rested(self) -> None:
        """End the rest: a person said so, or the modem came back from a restart."""
        self.failing = 0
        self.resting_until = -math.inf
