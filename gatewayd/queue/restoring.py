"""The first start from a restored copy: nothing that the original may have sent meanwhile leaves again by itself.

A copy (``gatewayd db backup``) ends at one moment; what the original did afterwards is unknown to it. So every
message that was waiting or under way then is held, IN_DOUBT with the error ``restored``, whatever its policy, and a
person releases what was never sent, or settles it like any other doubt. Released messages are marked as possible
duplicates. What acts by itself above the queue has to see to that likewise: see ``batches.restoring``.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gatewayd.audit import trail
from gatewayd.events import feed
from gatewayd.message import State
from gatewayd.queue.accepting import Ready
from gatewayd.queue.arming import route_back
from gatewayd.queue.impounding import impound
from gatewayd.queue.lifecycle import move, touch
from gatewayd.queue.records import outcomes, restoring, turns
from gatewayd.store import epoch
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

#: The ``error`` of a message that is held for this reason.
ERROR = "restored"
#: Messages of one transaction: a copy may hold a million of them.
_AT_ONCE = 500

Mark = tuple[datetime, int]
"""A place among the messages, in the order of their acceptance: ``created_at`` and ``seq``."""
BEGINNING: Mark = (datetime.fromtimestamp(0, UTC), 0)


@dataclass(frozen=True, slots=True)
class Restored:
    """What the first start from a copy found."""

    copied_at: datetime
    held: int
    """Messages."""


@dataclass(frozen=True, slots=True)
class Released:
    """What one transaction of a release did."""

    released: int
    """Messages."""
    after: Mark
    """The last message that was looked at."""
    at_end: bool


def as_possible_duplicates(ready: Ready) -> Ready:
    """What is handed in of something that comes from a copy: the original may have sent it since."""
    return replace(ready, rows=[row | {"possible_duplicate": True} for row in ready.rows])


async def hold_restored(database: Runner, at: datetime) -> Restored | None:
    """Hold what waits in a copy that is started for the first time; None for any other database.

    To be done before anything else is sent or recovered. One that is interrupted is done again at the next start.
    """
    copied_at = await database.read(epoch.copied_at)
    if copied_at is None:
        return None
    while await database.run(_hold_some, copied_at, at, lane=Lane.BULK):
        pass
    return await database.run(_begin, copied_at, at)


def _hold_some(tx: Tx, copied_at: datetime, at: datetime) -> bool:
    """Hold some messages; whether there may be more."""
    why = f"restored from a copy of {copied_at:%Y-%m-%d %H:%M:%S} UTC; it may have been sent since"
    facts: dict[str, Any] = {"error": ERROR, "error_text": why, "doubt_until": None}
    attempts = outcomes.unsettled.all(tx, {})[:_AT_ONCE]
    for attempt in attempts:
        # Armed or not: the original may have armed it since.
        impound(tx, attempt, why, at)
    rows = restoring.waiting.all(tx, {"limit": _AT_ONCE})
    for row in rows:
        move(tx, row, State.IN_DOUBT, at, route=route_back(tx, row), **facts)
    # No policy may send again what the original's policy may have sent again already.
    doubts = restoring.open_doubts.all(tx, {"limit": _AT_ONCE})
    for row in doubts:
        touch(tx, row, at, **facts)
    return bool(attempts or rows or doubts)


def _begin(tx: Tx, copied_at: datetime, at: datetime) -> Restored:
    epoch.begin(tx, at)
    held = restoring.count_held.scalar(tx, {"error": ERROR}) or 0
    facts = {"copied_at": copied_at.isoformat(), "held": held}
    trail.record(tx, actor="gatewayd", action="queue.restore", object="queue", after=facts, at=at)
    feed.append(tx, "queue.restored", subject="queue", client_id=None, data=facts, at=at)
    return Restored(copied_at, held)


def release(
    tx: Tx, ids: Container[str] | None, after: Mark, actor: str, reason: str, at: datetime
) -> Released:
    """Send held messages after all, marked as possible duplicates: those named, or all; some in one transaction.

    Parts that are in doubt themselves, and parts that are sent, are not sent again. Names that aren't held are passed
    over. ``after``: where the transaction before came to, ``BEGINNING`` at first.
    """
    created_at, seq = after
    mark = {"after_at": created_at, "after_seq": seq}
    rows = restoring.held.all(tx, {"error": ERROR, "limit": _AT_ONCE, **mark})
    released = [row.id for row in rows if (ids is None or row.id in ids) and _let_go(tx, row, at)]
    if released:
        trail.record(
            tx,
            actor=actor,
            action="queue.release",
            object="queue",
            reason=reason,
            after={"messages": released},
            at=at,
        )
    last = (rows[-1].created_at, rows[-1].seq) if rows else after
    return Released(len(released), last, len(rows) < _AT_ONCE)


def _let_go(tx: Tx, row: Any, at: datetime) -> bool:
    if len(turns.parts_of.all(tx, {"message_seq": row.seq})) == row.parts:
        return False  # each of its parts is sent or in doubt: a verdict settles it, not this
    facts: dict[str, Any] = {"error": None, "error_text": None}
    if row.expires_at is not None and row.expires_at <= at:
        move(tx, row, State.EXPIRED, at, **facts)
        return True
    scheduled = row.send_at is not None and row.send_at > at
    place = {"wait_reason": "scheduled", "not_before": row.send_at} if scheduled else {"ready": True}
    move(tx, row, State.QUEUED, at, possible_duplicate=True, spent=0, **place, **facts)
    return True
