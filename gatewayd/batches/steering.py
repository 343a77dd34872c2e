"""The only place where a batch changes its state.

Each step is a guarded UPDATE, whose row count says whether the batch still was where the caller thought; its event,
its line in the audit, and what it does to its messages are in the same transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatewayd.audit import trail
from gatewayd.batches import records
from gatewayd.batches.states import FINAL, TRANSITIONS, Event, Hold, State, possible
from gatewayd.errors import Conflict, NotFound, PreconditionFailed
from gatewayd.events import feed
from gatewayd.queue import managed
from gatewayd.store.transaction import Tx

#: What a COMMIT is announced as after which the worker may have something to do.
TOPIC = "batches"


def find(tx: Tx, client_id: int | None, id_: str) -> Any:
    """The row of a batch, joined with its client's name. Raises NotFound, also for another client's."""
    row = records.find.first(tx, {"id": id_})
    if row is None or row.uploaded_at is None or client_id not in (None, row.client_id):
        raise NotFound(f"there is no batch {id_}")
    return row


def require_version(row: Any, version: int | None) -> None:
    """Raise PreconditionFailed unless the batch is in this version; None: any will do."""
    if version is not None and row.version != version:
        raise PreconditionFailed


def require_word(row: Any, event: Event, *, restored: bool) -> None:
    """Raise Conflict ``restored`` where a batch that comes from a copy would go on without anybody having said so.

    ``restored``: whether somebody has.
    """
    if row.copied_at is None or restored or (State(row.state), event) not in TRANSITIONS:
        return
    words = (
        f"it comes from a copy of the database of {row.copied_at:%Y-%m-%d %H:%M:%S} UTC, and the original may have "
        f"sent more of it since; to {event} it all the same, say so with `restored`"
    )
    raise Conflict("restored", words)


def step(
    tx: Tx,
    row: Any,
    event: Event,
    at: datetime,
    *,
    actor: str | None = None,
    reason: str | None = None,
    **changes: Any,
) -> None:
    """Take the batch ``row`` (as loaded in this transaction) one step on, with ``changes`` to its columns.

    ``actor``: who does it; None: gatewayd in the ordinary course of things, which the audit doesn't note. Raises
    Conflict ``wrong_state`` where that isn't possible now.
    """
    state = State(row.state)
    transition = TRANSITIONS.get((state, event))
    if transition is None:
        raise Conflict("wrong_state", _impossible(state, event))
    values: dict[str, Any] = {name: getattr(row, name) for name in records.STEPPED}
    values.update(_messages(tx, row, transition.messages))
    values.update(changes)
    if actor is not None and transition.to is not state:
        values["reason"] = reason
    if transition.to in FINAL:
        values["finished_at"] = at
        # What is taken back has to be first.
        values["open"] = transition.messages is Hold.TAKEN_BACK and row.queue_batch is not None
    written = {f"b_{name}": value for name, value in values.items()}
    written |= {
        "b_seq": row.seq,
        "b_from": state,
        "b_version": row.version,
        "b_to": transition.to,
        "b_at": at,
    }
    if records.step.change(tx, written) != 1:
        raise Conflict("wrong_state", "it has changed just now; look again")
    after = {"state": transition.to, "rows": row.rows, "good": values["good"]}
    if values["copied_at"] is not None:
        after["copied_at"] = values["copied_at"].isoformat()
    why = {"reason": reason} if event is Event.RESTORE else {}
    told = after | {"name": row.name, "parts": values["parts"]} | why
    feed.append(tx, f"batch.{transition.to}", subject=row.id, client_id=row.client_id, data=told, at=at)
    if actor is not None:
        trail.record(
            tx,
            actor=actor,
            action=f"batch.{event}",
            object=f"batch:{row.id}",
            reason=reason,
            before={"state": state},
            after=after,
            at=at,
        )
    tx.announce(TOPIC)


def _impossible(state: State, event: Event) -> str:
    there = ", ".join(possible(state))
    return f"it is {state}, so it can't {event}; " + (
        f"possible: {there}" if there else "nothing is possible"
    )


def _messages(tx: Tx, row: Any, hold: Hold) -> dict[str, Any]:
    """Hold or let go what there is already; the worker then goes through it from the beginning."""
    if hold is Hold.AS_THEY_ARE or row.queue_batch is None:
        return {}
    if hold is Hold.LET_GO:
        managed.release(tx, row.queue_batch)
    else:
        managed.hold(tx, row.queue_batch)
    return {"sweep": 0}
