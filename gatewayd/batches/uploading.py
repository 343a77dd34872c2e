"""How a batch comes in: what it says is checked before its rows are read, and half of one is nobody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from gatewayd.audit import trail
from gatewayd.batches import records
from gatewayd.batches.checking import MALFORMED
from gatewayd.batches.columns import position_of
from gatewayd.batches.shaping import encode, encode_errors, encode_options
from gatewayd.batches.sheets import Row
from gatewayd.batches.states import State
from gatewayd.batches.steering import TOPIC
from gatewayd.batches.view import BatchDraft
from gatewayd.errors import FieldError, KeyReused
from gatewayd.events import feed
from gatewayd.message import new_id
from gatewayd.queue.draft import IdempotencyKey
from gatewayd.store import epoch
from gatewayd.store.transaction import Tx

MAX_NAME = 100
#: Rows of one transaction.
SLICE = 250

_NOT_YET: Mapping[str, Any] = dict.fromkeys(
    (
        "seq",
        "queue_batch",
        "reason",
        "template_label",
        "uploaded_at",
        "approved_at",
        "approved_by",
        "started_at",
        "finished_at",
        "price",
        "sweep",
        "outcome",
        "copied_at",
    )
) | {
    "state": State.DRAFT,
    "open": True,
    "version": 1,
    "rows": 0,
    "checked": 0,
    "good": 0,
    "parts": 0,
    "routes": "{}",
    "fed": 0,
    "submitted": 0,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose batch it is, and who makes it."""

    client_id: int
    actor: str
    at: datetime
    key: IdempotencyKey | None = None


def form_errors(draft: BatchDraft, columns: Sequence[str]) -> list[FieldError]:
    """What is wrong with a batch as such, whatever its rows say."""
    errors = []
    if not (1 <= len(draft.name.strip()) <= MAX_NAME and draft.name.isprintable()):
        errors.append(FieldError("name", "length", f"must have 1 to {MAX_NAME} printable characters"))
    if (draft.text is None) == (draft.template is None):
        errors.append(FieldError("text", "required", "give either a text or a template"))
    elif draft.text is not None and not draft.text.strip():
        errors.append(FieldError("text", "required", "must not be empty"))
    named = {"recipient_column": draft.recipient_column, "reference_column": draft.options.reference_column}
    for field, column in named.items():
        if column is not None and position_of(column, columns) is None:
            words = f"there is no column {column!r}; there are {', '.join(columns)}"
            errors.append(FieldError(field, "unknown", words))
    return errors


def insert(tx: Tx, draft: BatchDraft, columns: Sequence[str], origin: Origin) -> int:
    """Begin a batch that nobody sees yet; return its number. Raises Taken where its key is used already."""
    facts: dict[str, Any] = {
        **_NOT_YET,
        "id": str(new_id(origin.at)),
        "client_id": origin.client_id,
        "name": draft.name.strip(),
        "columns": encode(list(columns)),
        "recipient_column": draft.recipient_column,
        "text": draft.text,
        "template": draft.template,
        "language": draft.language,
        "options": encode_options(draft.options),
        "created_at": origin.at,
        "created_by": origin.actor[:80],
        "updated_at": origin.at,
        "epoch": epoch.number(tx),
        "idempotency_key": None if origin.key is None else origin.key.key,
        "fingerprint": None if origin.key is None else origin.key.fingerprint,
    }
    try:
        return records.insert_batch.insert(tx, facts)
    except IntegrityError:
        raise Taken from None


class Taken(Exception):
    """The same request is coming in on another connection at this moment, or just has."""


def add_rows(tx: Tx, seq: int, first: int, rows: Sequence[Row]) -> None:
    """Write rows down, the first of which is number ``first``."""
    records.insert_row.change_many(
        tx,
        [
            {
                "batch_seq": seq,
                "number": number,
                "state": MALFORMED if row.errors else "new",
                "fields": encode(row.cells),
                "errors": encode_errors(row.errors),
            }
            for number, row in enumerate(rows, first)
        ],
    )


def finish(tx: Tx, seq: int, rows: int, actor: str, at: datetime) -> Any:
    """Make the batch exist; return its row."""
    records.uploaded.change(tx, {"b_seq": seq, "b_rows": rows, "b_at": at})
    row: Any = records.load.first(tx, {"seq": seq})
    data = {"state": State.DRAFT, "name": row.name, "rows": rows}
    feed.append(tx, "batch.draft", subject=row.id, client_id=row.client_id, data=data, at=at)
    after = {"name": row.name, "rows": rows, "client": row.client, "template": row.template}
    trail.record(tx, actor=actor, action="batch.create", object=f"batch:{row.id}", after=after, at=at)
    tx.announce(TOPIC)
    return row


def earlier(tx: Tx, client_id: int, key: IdempotencyKey) -> Any | None:
    """The batch that this request made before. Raises KeyReused where the key was another request's."""
    row = records.by_key.first(tx, {"client_id": client_id, "key": key.key})
    if row is None or row.uploaded_at is None:
        return None
    if row.fingerprint != key.fingerprint:
        message = "this key was used for a different request; use a new key for each batch"
        raise KeyReused([FieldError("Idempotency-Key", "idem_mismatch", message)])
    return row
