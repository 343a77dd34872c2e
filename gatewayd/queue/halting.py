"""The latch: when a rule that must always hold is broken, submitting stops until a person has looked.

The API and everything that was accepted stay; ``/readyz`` fails. The latch is a row, so that a restart doesn't
forget it.
"""

from __future__ import annotations

from datetime import datetime

from gatewayd.audit import trail
from gatewayd.errors import Conflict
from gatewayd.events import feed
from gatewayd.queue.records import control
from gatewayd.store.transaction import Tx


class InvariantViolation(AssertionError):
    """A rule that must always hold was about to be broken; nothing of that transaction was written."""


def halt(tx: Tx, reason: str, at: datetime) -> None:
    """Latch. A halt that is already on stays as it is: the first reason is the one to look at."""
    if control.running_halt.first(tx, {}) is None:
        control.insert_halt.insert(tx, {"reason": reason, "halted_at": at})
        trail.record(tx, actor="gatewayd", action="queue.halt", object="queue", reason=reason, at=at)
        feed.append(tx, "queue.halted", subject="queue", client_id=None, data={"reason": reason}, at=at)


def halted(tx: Tx) -> str | None:
    """Why the queue is halted; None where it isn't."""
    row = control.running_halt.first(tx, {})
    return None if row is None else str(row.reason)


def resume(tx: Tx, actor: str, reason: str, at: datetime) -> None:
    """Unlatch. Raises Conflict where nothing is halted."""
    row = control.running_halt.first(tx, {})
    if row is None:
        raise Conflict("not_halted", "the queue is not halted")
    control.end_halt.change(tx, {"b_id": row.id, "b_at": at, "b_by": actor})
    trail.record(
        tx,
        actor=actor,
        action="queue.resume",
        object="queue",
        reason=reason,
        before={"halted": row.reason},
        at=at,
    )
    feed.append(tx, "queue.resumed", subject="queue", client_id=None, data={"reason": reason}, at=at)
