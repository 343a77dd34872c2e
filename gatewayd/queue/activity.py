"""How much was done in each hour or day: what was accepted then, and has left since or failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from gatewayd.message import State
from gatewayd.queue.records.history import accepted_between
from gatewayd.store.transaction import Tx

#: A message that the network took and could not deliver did not do what it was sent for.
_LEFT: Final = (State.SENT, State.DELIVERED)
_FAILED: Final = (State.FAILED, State.EXPIRED, State.UNDELIVERED)


@dataclass(frozen=True, slots=True)
class Slot:
    """One hour, day or other span."""

    at: datetime
    """Where it begins."""
    sent: int
    """Messages accepted in it that the network has taken by now, and has not reported as undelivered."""
    failed: int
    """Messages accepted in it that failed, expired or were not delivered."""


def activity(tx: Tx, bounds: Sequence[datetime]) -> list[Slot]:
    """Count the messages between each two neighbours of ``bounds``, which ascend.

    Reads ix_message_state alone, once for each state and span: the spans may be of any length, as days are when the
    clocks change.
    """

    def count(states: Sequence[State], since: datetime, until: datetime) -> int:
        return sum(
            accepted_between.scalar(tx, {"state": state, "since": since, "until": until}) or 0
            for state in states
        )

    return [
        Slot(since, count(_LEFT, since, until), count(_FAILED, since, until))
        for since, until in pairwise(bounds)
    ]
