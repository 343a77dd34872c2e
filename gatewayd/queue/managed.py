"""What a managed batch does with its messages: they can be held, let go, taken back, and counted.

Functions inside a transaction of whoever manages the batch. Holding takes effect with its COMMIT, however many
messages there are: a claim that comes upon a held one parks it. So that claims come upon few of them, and others'
messages wait for none, ``park_some`` then parks the rest, a few in each transaction. Messages that have begun are
finished: half a message helps nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gatewayd.message import State
from gatewayd.queue import accepting
from gatewayd.queue.lifecycle import DUE_TOPIC, TOPIC, move
from gatewayd.queue.records import managed as records
from gatewayd.store.transaction import Tx

#: States in which something may still be sent of a message.
UNSETTLED = (State.QUEUED, State.SENDING, State.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Swept:
    """How far one transaction of a sweep came."""

    after: int
    """``seq`` of the last message that was looked at; where the next transaction goes on."""
    at_end: bool
    changed: int
    """Messages."""


def begin(tx: Tx, client_id: int, at: datetime) -> int:
    """Begin a batch, which nothing belongs to yet; return its number."""
    return accepting.open_batch(tx, client_id, at, managed=True)


def hold(tx: Tx, batch: int) -> None:
    """From the COMMIT on, nothing of the batch is claimed that has not begun."""
    records.set_held.change(tx, {"b_batch": batch, "b_held": True})


def release(tx: Tx, batch: int) -> None:
    """Let messages of the batch be claimed again; ``unpark_some`` brings the parked ones back."""
    records.set_held.change(tx, {"b_batch": batch, "b_held": False})


def is_held(tx: Tx, batch: int) -> bool:
    """Whether nothing of the batch may leave now."""
    return bool(records.held.scalar(tx, {"batch": batch}))


def park_some(tx: Tx, batch: int, after: int, limit: int) -> Swept:
    """Park some messages of a held batch behind the message ``after`` (its ``seq``)."""
    last, at_end = _reach(tx, batch, after, limit)
    parked = records.park.change(tx, {"b_batch": batch, "b_after": after, "b_last": last})
    if at_end:
        records.unpark_followers.change(tx, {"b_batch": batch})
        tx.announce(TOPIC)
    return Swept(last, at_end, parked)


def unpark_some(tx: Tx, batch: int, after: int, limit: int, at: datetime) -> Swept:
    """Bring some messages of a batch that is no longer held back to their turn, or their time."""
    last, at_end = _reach(tx, batch, after, limit)
    back = records.unpark.change(tx, {"b_batch": batch, "b_after": after, "b_last": last, "b_now": at})
    if back:
        tx.announce(TOPIC)
        tx.announce(DUE_TOPIC)
    return Swept(last, at_end, back)


def cancel_some(tx: Tx, batch: int, after: int, limit: int, at: datetime) -> Swept:
    """Take some messages of a held batch back that have not begun."""
    last, at_end = _reach(tx, batch, after, limit)
    rows = records.not_begun.all(tx, {"batch": batch, "after": after, "last": last})
    for row in rows:
        move(tx, row, State.CANCELLED, at, error="batch_cancelled", error_text="its batch was cancelled")
    return Swept(last, at_end, len(rows))


def _reach(tx: Tx, batch: int, after: int, limit: int) -> tuple[int, bool]:
    """Up to which ``seq`` a sweep goes now, and whether nothing is behind that."""
    seqs = records.queued.all(tx, {"batch": batch, "after": after, "limit": limit})
    return (seqs[-1].seq if seqs else after), len(seqs) < limit


def counts(tx: Tx, batch: int) -> dict[State, int]:
    """How many messages of the batch are in which state."""
    return {State(row.state): row.messages for row in records.counts.all(tx, {"batch": batch})}


def settled(tx: Tx, batch: int) -> bool:
    """Whether nothing of the batch waits, is under way or is in doubt."""
    return all(
        records.unsettled.first(tx, {"batch": batch, "state": str(state)}) is None for state in UNSETTLED
    )
