"""What the worker does with a batch, one short transaction at a time: check, hand in, hold, let go, take back, end.

Each function is a step that a crash can only repeat, never do twice: it says in the same transaction how far it came,
guarded by how far it thought it was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gatewayd.batches import records, steering
from gatewayd.batches.checking import Verdict
from gatewayd.batches.shaping import encode, encode_errors
from gatewayd.batches.states import TRANSITIONS, Event, State
from gatewayd.queue import managed
from gatewayd.queue.accepting import Ready
from gatewayd.queue.draft import Receipt, Rejected
from gatewayd.queue.service import Queue
from gatewayd.store.transaction import Tx

#: Messages that one transaction of a sweep goes through: some milliseconds.
SWEEP = 200


class Overtaken(Exception):
    """The batch is no longer where the worker thought: look again."""


@dataclass(slots=True)
class Tally:
    """What the check has found so far."""

    checked: int
    good: int
    parts: int
    price: int
    routes: dict[str, int]
    """Parts by route."""

    @classmethod
    def of(cls, row: Any) -> Tally:
        """Where the check of a batch stands."""
        return cls(row.checked, row.good, row.parts, row.price or 0, json.loads(row.routes))

    def copy(self) -> Tally:
        """As it is now."""
        return replace(self, routes=dict(self.routes))

    def count(self, verdict: Verdict, route: str) -> None:
        """Take note of a verdict."""
        if verdict.prepared is not None:
            parts = verdict.prepared.plan.parts
            self.good += 1
            self.parts += parts
            self.price += parts * verdict.prepared.price
            self.routes[route] = self.routes.get(route, 0) + parts


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found of some rows."""

    before: int
    """Number of the last row before them."""
    rows: int
    verdicts: list[tuple[int, Verdict]]
    """By the row's number."""
    tally: Tally
    """With them."""


def write_verdicts(tx: Tx, row: Any, found: Findings, label: str | None, price: int | None) -> None:
    """Write down what was found of some rows, and what all good rows cost. Raises Overtaken."""
    tally = found.tally
    facts = {
        "b_seq": row.seq,
        "b_version": row.version,
        "b_before": found.before,
        "b_checked": tally.checked,
        "b_good": tally.good,
        "b_parts": tally.parts,
        "b_price": price,
        "b_routes": encode(tally.routes),
        "b_template_label": label,
    }
    if records.checked.change(tx, facts) != 1:
        raise Overtaken
    records.set_verdict.change_many(
        tx,
        [
            {
                "b_batch_seq": row.seq,
                "b_number": number,
                "b_state": verdict.state,
                "b_recipient": verdict.recipient,
                "b_text": verdict.text,
                "b_parts": None if verdict.prepared is None else verdict.prepared.plan.parts,
                "b_errors": encode_errors(verdict.errors),
            }
            for number, verdict in found.verdicts
        ],
    )


def step(tx: Tx, seq: int, event: Event, at: datetime, **changes: Any) -> None:
    """Do a step that gatewayd does by itself. Raises Overtaken where it isn't possible any more."""
    row = records.load.first(tx, {"seq": seq})
    if row is None or (State(row.state), event) not in TRANSITIONS:
        raise Overtaken
    steering.step(tx, row, event, at, **changes)


def start(tx: Tx, seq: int, at: datetime) -> None:
    """Begin to run. Raises Overtaken."""
    row = records.load.first(tx, {"seq": seq})
    if row is None or row.state != State.APPROVED:
        raise Overtaken
    number = managed.begin(tx, row.client_id, at)
    steering.step(tx, row, Event.START, at, queue_batch=number, started_at=at)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows that are to become messages now."""

    last: int
    """Number of the last row that was looked at."""
    numbers: tuple[int, ...]
    """Of those in ``ready``, in the same order."""
    ready: Ready
    skipped: tuple[tuple[int, Rejected], ...]
    """Those that the queue would not take any more."""


def hand_in(tx: Tx, row: Any, some: Slice, queue: Queue) -> None:
    """Have rows become messages. Raises Overtaken, and what ``queue.accept`` raises."""
    facts = {
        "b_seq": row.seq,
        "b_before": row.fed,
        "b_fed": some.last,
        "b_submitted": len(some.numbers),
    }
    if records.fed.change(tx, facts) != 1:
        raise Overtaken
    if some.numbers:
        answer = queue.accept(tx, some.ready)
        submitted = [
            {"b_batch_seq": row.seq, "b_number": number, "b_message_id": receipt.id}
            for number, receipt in zip(some.numbers, answer.results, strict=True)
            if isinstance(receipt, Receipt)
        ]
        if records.set_submitted.change_many(tx, submitted) != len(some.numbers):
            raise Overtaken
    records.set_skipped.change_many(
        tx,
        [
            {"b_batch_seq": row.seq, "b_number": number, "b_errors": encode_errors(rejected.errors)}
            for number, rejected in some.skipped
        ],
    )


def sweep(tx: Tx, row: Any, at: datetime) -> bool:
    """Go on holding, letting go or taking back messages of a batch; whether all have been. Raises Overtaken."""
    state = State(row.state)
    if state is State.PAUSED:
        came = managed.park_some(tx, row.queue_batch, row.sweep, SWEEP)
    elif state is State.CANCELLED:
        came = managed.cancel_some(tx, row.queue_batch, row.sweep, SWEEP, at)
    else:
        came = managed.unpark_some(tx, row.queue_batch, row.sweep, SWEEP, at)
    facts = {
        "b_seq": row.seq,
        "b_version": row.version,
        "b_sweep": None if came.at_end else came.after,
    }
    if records.swept.change(tx, facts) != 1:
        raise Overtaken
    return came.at_end


def settle(tx: Tx, row: Any, at: datetime) -> bool:
    """End a batch of which nothing waits any more; whether it is over. Raises Overtaken."""
    if not managed.settled(tx, row.queue_batch):
        if row.state == State.CANCELLED:
            # What was at the modem when it was cancelled may have come back since.
            managed.cancel_some(tx, row.queue_batch, 0, SWEEP, at)
        return False
    counts = managed.counts(tx, row.queue_batch)
    outcome = encode({str(state): count for state, count in counts.items()})
    if row.state == State.CANCELLED:
        records.closed.change(tx, {"b_seq": row.seq, "b_outcome": outcome, "b_at": at})
    else:
        step(tx, row.seq, Event.FINISH, at, outcome=outcome)
    return True


def discard_upload(tx: Tx, seq: int, limit: int) -> bool:
    """Remove some of a batch that never came in whole, at last itself; whether there may be more."""
    row = records.load.first(tx, {"seq": seq})
    if row is None or row.uploaded_at is not None:
        return False
    if discard_some(tx, seq, limit):
        return True
    records.drop_batch.change(tx, {"seq": seq})
    return False


def discard_some(tx: Tx, seq: int, limit: int) -> bool:
    """Remove some rows of a batch; whether there may be more."""
    return records.delete_rows.change(tx, {"batch_seq": seq, "limit": limit}) == limit


def forgotten(tx: Tx, before: datetime) -> int | None:
    """A batch that was over ``before`` then and still has rows; None: there is none."""
    seq: int | None = records.over.scalar(tx, {"before": before})
    return seq
