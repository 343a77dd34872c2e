"""The only place where a message changes its state.

Each step is a guarded UPDATE, whose row count says whether the message still was where the caller thought, and one
event row, in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from gatewayd.events import feed
from gatewayd.message import TRANSITIONS, State
from gatewayd.queue import accounts, metrics, wiping
from gatewayd.queue.halting import InvariantViolation
from gatewayd.queue.records import outcomes, turns
from gatewayd.store.transaction import Tx

#: What a COMMIT is announced as after which messages may be ready that were not. Workers listen.
TOPIC = "queue"
#: The same where something is due at a new time. Timers listen: most messages wait for no time at all.
DUE_TOPIC = "queue.due"


class Moved(Exception):
    """The message has changed meanwhile; look again."""


def move(
    tx: Tx, row: Any, to: State, at: datetime, *, told: Mapping[str, Any] | None = None, **changes: Any
) -> None:
    """Take the message ``row`` (as loaded in this transaction) to state ``to``, with ``changes`` to its columns.

    ``told`` is what its event says beyond that.

    A message that leaves the queue, or comes back to it, lets those behind it in its lane look again whether they may
    go. Raises Moved where the row is no longer in its state, InvariantViolation for a step that must not exist.
    """
    before = State(row.state)
    if (before, to) not in TRANSITIONS:
        raise InvariantViolation(f"message {row.id} can't go from {before} to {to}")
    values: dict[str, Any] = {name: getattr(row, name) for name in outcomes.MUTABLE}
    in_queue = to in (State.QUEUED, State.SENDING)
    values.update(ready=False if in_queue else None, wait_reason=None, not_before=None)
    if not in_queue or before is State.IN_DOUBT:
        values.update(doubt_until=None)
    values.update(changes)
    accounts.follow(tx, row, to, values)
    values.update(b_seq=row.seq, b_from=before, b_to=to, b_at=at)
    if outcomes.move.change(tx, values) != 1:
        raise Moved(row.id)
    wiping.wipe_secret(tx, row, to)
    _tell(tx, row, to, at, values, told or {})
    if not in_queue:
        tx.after_commit(partial(metrics.count_settled, to, row.recipient))
    if to is not State.SENDING:
        wake_lane(tx, row)
        tx.announce(TOPIC)
    _wake_after_doubt(tx, row, values)
    if to in (State.QUEUED, State.IN_DOUBT):
        tx.announce(DUE_TOPIC)


def touch(tx: Tx, row: Any, at: datetime, **changes: Any) -> None:
    """Change columns of the message ``row`` (as loaded in this transaction) and leave its state and its place alone.

    Raises Moved where the row is no longer in its state.
    """
    values: dict[str, Any] = {name: getattr(row, name) for name in outcomes.MUTABLE}
    values.update(changes)
    accounts.follow(tx, row, State(row.state), values)
    values.update(b_seq=row.seq, b_from=row.state, b_to=row.state, b_at=at)
    if outcomes.move.change(tx, values) != 1:
        raise Moved(row.id)
    _wake_after_doubt(tx, row, values)


def _wake_after_doubt(tx: Tx, row: Any, values: dict[str, Any]) -> None:
    """Where nothing is waited for any more, who waited for that looks again."""
    if row.doubt_until is not None and values["doubt_until"] is None:
        turns.unpark_doubt.change(tx, {"b_until": row.doubt_until, "b_recipient": row.recipient})
        tx.announce(TOPIC)


def wake_lane(tx: Tx, row: Any) -> None:
    """Let who waits behind ``row`` in its lane look again who stands before: the first of each route."""
    turns.unpark_lane.change(
        tx, {"b_client_id": row.client_id, "b_recipient": row.recipient, "b_priority": row.priority}
    )


def _tell(tx: Tx, row: Any, to: State, at: datetime, values: dict[str, Any], told: Mapping[str, Any]) -> None:
    data: dict[str, Any] = {"state": to, **told}
    for name in ("error", "error_text", "wait_reason", "modem"):
        if values[name] is not None and to is not State.SENT:
            data[name] = values[name]
    if to is State.QUEUED and values["not_before"] is not None:
        data["not_before"] = values["not_before"].isoformat()
    if to is State.DELIVERED:
        data["delivered_at"] = values["delivered_at"].isoformat()
    if values["parts_sent"] and row.parts > 1:
        data["parts_sent"] = values["parts_sent"]
    feed.append(tx, f"message.{to}", subject=row.id, client_id=row.client_id, data=data, at=at)
