"""From prepared drafts to rows: at once, or staged slice by slice and published together."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal, select

from gatewayd.errors import FieldError, KeyReused
from gatewayd.events import feed
from gatewayd.message import Priority, State, new_id
from gatewayd.phone import masked
from gatewayd.queue import accounts
from gatewayd.queue.accounts import Account
from gatewayd.queue.admission import Prepared
from gatewayd.queue.checksum import checksum
from gatewayd.queue.draft import IdempotencyKey, Receipt, Rejected, Submission
from gatewayd.queue.lifecycle import DUE_TOPIC, TOPIC
from gatewayd.queue.records import accepting as records
from gatewayd.queue.tables import message
from gatewayd.store.transaction import Tx

_NOT_YET: dict[str, Any] = dict.fromkeys(
    (
        "seq",
        "batch_id",
        "modem",
        "sim",
        "error",
        "error_text",
        "retry_of",
        "sent_at",
        "delivered_at",
        "doubt_until",
        "managed",
        "erased",
    )
) | {
    "parts_sent": 0,
    "attempts": 0,
    "spent": 0,
    "possible_duplicate": False,
    "overtaken": False,
    "corrected": False,
    "cancel_requested": False,
}

_announce_batch = feed.AppendFrom(
    select(
        bindparam("at", type_=message.c.created_at.type),
        literal("message.queued"),
        message.c.id,
        message.c.client_id,
        func.json_object("state", "queued"),
    )
    .where(message.c.batch_id == bindparam("batch"), message.c.state == records.STAGED)
    .order_by(message.c.seq)
)


@dataclass(frozen=True, slots=True)
class Ready:
    """Drafts that were checked, and only have to be written."""

    prepared: tuple[Prepared, ...]
    rows: list[dict[str, Any]]
    answer: Submission
    now: datetime


def row_of(
    prepared: Prepared, client_id: int, route: str, now: datetime, *, batch: int | None = None
) -> dict[str, Any]:
    """The new message's columns. Staged where it belongs to a ``batch``, queued otherwise."""
    draft = prepared.draft
    scheduled = prepared.send_at is not None
    row = _NOT_YET | {
        "id": str(new_id(now)),
        "client_id": client_id,
        "batch_id": batch,
        "recipient": prepared.recipient,
        "text": prepared.text,
        "type": draft.type,
        "priority": int(prepared.priority),
        "state": State.QUEUED if batch is None else State.STAGED,
        "ready": not scheduled if batch is None else None,
        "wait_reason": "scheduled" if scheduled else None,
        "not_before": prepared.send_at if batch is None else None,
        "route": route,
        "pinned": draft.modem,
        "send_at": prepared.send_at,
        "expires_at": prepared.expires_at,
        "encoding": prepared.plan.encoding,
        "parts": prepared.plan.parts,
        "flash": draft.flash,
        "report": draft.report,
        "in_doubt": prepared.in_doubt,
        "ordering": draft.order,
        "reference": draft.reference,
        "template": draft.template,
        "secret": prepared.secret or None,
        "price": prepared.price,
        "charged": prepared.plan.parts,
        "created_at": now,
        "updated_at": now,
    }
    row["checksum"] = checksum(row)
    return row


def receipt_of(row: dict[str, Any], prepared: Prepared) -> Receipt:
    """What the client is told."""
    return Receipt(
        id=row["id"],
        to=row["recipient"],
        state=State.QUEUED,
        parts=row["parts"],
        encoding=row["encoding"],
        priority=prepared.priority,
        created_at=row["created_at"],
        send_at=row["send_at"],
        expires_at=row["expires_at"],
        reference=row["reference"],
        # A receipt is kept with its Idempotency-Key.
        text=prepared.text if prepared.changes and not prepared.secret else None,
    )


def accept(tx: Tx, rows: Sequence[dict[str, Any]], now: datetime) -> Account:
    """Write messages that are queued from now on, each with its event, and charge their one client for them.

    Whether the client may have that many is for the caller to judge by the account that is returned.
    """
    tx.announce(TOPIC)
    for row in rows:
        records.insert_message.insert(tx, row)
        if row["not_before"] is not None or row["expires_at"] is not None:
            tx.announce(DUE_TOPIC)
        feed.append(
            tx,
            "message.queued",
            subject=row["id"],
            client_id=row["client_id"],
            data={"state": State.QUEUED},
            at=now,
        )
    return accounts.enter(tx, accounts.bill_of(rows), now)


def open_batch(tx: Tx, client_id: int, now: datetime, *, managed: bool = False) -> int:
    """Begin an array, or with ``managed`` a batch that can be held; return its number."""
    return records.insert_batch.insert(
        tx, {"id": None, "client_id": client_id, "created_at": now, "held": False if managed else None}
    )


def stage(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Write a slice of an array: on disk, but not there yet for anybody."""
    records.insert_message.change_many(tx, rows)


def publish(tx: Tx, batch: int, now: datetime) -> Account | None:
    """Make a whole array exist, in one step, and charge its client for it.

    Whether the client may have that many is for the caller to judge by the account that is returned; None: it was
    empty.
    """
    bill = accounts.bill_of_staged(tx, batch)
    tx.announce(TOPIC)
    tx.announce(DUE_TOPIC)
    _announce_batch(tx, {"at": now, "batch": batch})
    records.publish_batch.change(tx, {"b_batch": batch})
    return None if bill is None else accounts.enter(tx, bill, now)


def discard(tx: Tx, batch: int) -> None:
    """Take a staged array back."""
    records.discard_batch.change(tx, {"batch": batch})


# --- idempotency ---


def find_answer(tx: Tx, client_id: int, key: IdempotencyKey, since: datetime) -> Submission | None:
    """The answer to an earlier request with this key. Raises KeyReused where that was another request."""
    row = records.find_answer.first(tx, {"client_id": client_id, "key": key.key, "since": since})
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        message = "this key was used for a different request; use a new key for each message"
        raise KeyReused([FieldError("Idempotency-Key", "idem_mismatch", message)])
    return _decode(row.answer)


def store_answer(tx: Tx, client_id: int, key: IdempotencyKey, answer: Submission, now: datetime) -> None:
    """Keep the answer, in the transaction that makes it true."""
    records.store_answer.change(
        tx,
        {
            "client_id": client_id,
            "key": key.key,
            "fingerprint": key.fingerprint,
            "answer": _encode(answer),
            "created_at": now,
        },
    )


def without_recipient(answer: bytes, number: str) -> bytes | None:
    """A kept answer with what logs have of ``number`` (E.164) in its place, and no text; None where it isn't in it."""
    kept = _decode(answer)
    results = tuple(
        replace(result, to=masked(number), text=None, reference=None)
        if isinstance(result, Receipt) and result.to == number
        else result
        for result in kept.results
    )
    return None if results == kept.results else _encode(Submission(results))


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _encode(answer: Submission) -> bytes:
    items: list[list[Any]] = []
    for result in answer.results:
        if isinstance(result, Rejected):
            items.append([[error.field, error.code, error.message] for error in result.errors])
        else:
            items.append(
                [
                    result.id,
                    result.to,
                    result.state,
                    result.parts,
                    result.encoding,
                    int(result.priority),
                    _time(result.created_at),
                    _time(result.send_at),
                    _time(result.expires_at),
                    result.reference,
                    result.text,
                ]
            )
    return zlib.compress(json.dumps(items, separators=(",", ":")).encode(), 1)


def _decode(answer: bytes) -> Submission:
    return Submission(tuple(map(_result, json.loads(zlib.decompress(answer)))), replayed=True)


def _result(item: list[Any]) -> Receipt | Rejected:
    if not item or isinstance(item[0], list):
        return Rejected(tuple(FieldError(*error) for error in item))
    id_, to, state, parts, encoding, priority, *times, reference, text = item
    created, send, expires = (None if time is None else datetime.fromisoformat(time) for time in times)
    if created is None:
        raise ValueError("a stored receipt without its time")
    return Receipt(
        id_, to, State(state), parts, encoding, Priority(priority), created, send, expires, reference, text
    )
