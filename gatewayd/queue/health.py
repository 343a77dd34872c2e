"""How a modem fares at sending: faults and refusals in a row, and its rests.

In memory; a restart begins with hope.
"""

from __future__ import annotations

import math

from gatewayd.clock import Clock
from gatewayd.message import State
from gatewayd.queue.retry import Decision

#: Faults in a row from which on coming back ends no rest: a contact that is loose, or a modem that crashes at each
#: submit, would leave one message in doubt after the other, as fast as it comes back.
_LOOSE = 8


class Health:
    """The count of faults in a row of one modem, and until when it rests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.failing = 0
        self.resting_until = -math.inf
        """Seconds on trio's clock."""
        self.reason: str | None = None
        self._refused: set[str] = set()
        self._fault: str | None = None
        self._repeats = 0

    def record(self, decision: Decision, recipient: str) -> None:
        """Take in what a try to reach ``recipient`` told about the modem."""
        self.failing = self.failing + 1 if decision.failing else 0
        self._repeats = self.repeats(decision.error) + 1
        self._fault = decision.error
        if decision.state is State.SENT:
            self._refused.clear()
        elif decision.refused:
            self._refused.add(recipient)
        if decision.rest:
            self.resting_until = self._clock.monotonic() + decision.rest
            self.reason = " ".join(filter(None, (decision.error, decision.error_text)))

    def repeats(self, fault: str | None) -> int:
        """How often in a row it gave that ``fault`` (its name), up to now."""
        return self._repeats if fault == self._fault else 0

    def refused_others(self, recipient: str) -> int:
        """How many other recipients were refused for good since a part was last accepted."""
        return len(self._refused - {recipient})

    def resting(self) -> bool:
        """Whether it rests now."""
        return self._clock.monotonic() < self.resting_until

    def left(self) -> float:
        """Seconds of rest that are left, 0 for none."""
        return max(0.0, self.resting_until - self._clock.monotonic())

    def plugged_in(self) -> None:
        """End the rest: the modem is connected anew, so whatever was wrong with the old line is over."""
        if self.failing < _LOOSE:
            self.resting_until = -math.inf

    def rested(self) -> None:
        """End the rest, and begin to count again: a person said so, or there is another SIM."""
        self.failing = 0
        self._repeats = 0
        self._refused.clear()
        self.resting_until = -math.inf
