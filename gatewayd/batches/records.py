"""Every statement on managed batches, built once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    table,
    update,
)

from gatewayd.batches.tables import batch_row, managed_batch
from gatewayd.store.prepared import Prepared

#: Of other packages, and known by name only: whose a batch is, and what became of a row.
_client = table("client", column("id", Integer), column("name", String))
_message = table("message", column("id", String), column("state", String), column("recipient", String))

_OPEN: ColumnElement[bool] = literal_column("open = 1")
_with_client: Select[Any] = select(managed_batch, _client.c.name.label("client")).join_from(
    managed_batch, _client, managed_batch.c.client_id == _client.c.id
)
_HERE = managed_batch.c.seq == bindparam("b_seq")

# --- batches ---

insert_batch = Prepared(insert(managed_batch))
find = Prepared(_with_client.where(managed_batch.c.id == bindparam("id")))
load = Prepared(_with_client.where(managed_batch.c.seq == bindparam("seq")))
by_key = Prepared(
    _with_client.where(
        managed_batch.c.client_id == bindparam("client_id"),
        managed_batch.c.idempotency_key == bindparam("key"),
    )
)
#: What the worker may have to do something about.
open_batches = Prepared(_with_client.where(_OPEN).order_by(managed_batch.c.seq))
#: What may have gone on in the original of this copy: all that is neither over, nor half uploaded, nor held yet.
not_held = Prepared(
    _with_client.where(
        _OPEN,
        managed_batch.c.uploaded_at.is_not(None),
        managed_batch.c.state != literal_column("'cancelled'"),
        func.coalesce(managed_batch.c.epoch, 0) < bindparam("epoch"),
    )
    .order_by(managed_batch.c.seq)
    .limit(bindparam("limit", required=True))
)
#: What a step may change.
STEPPED = (
    "open",
    "reason",
    "queue_batch",
    "template_label",
    "approved_at",
    "approved_by",
    "started_at",
    "finished_at",
    "checked",
    "good",
    "parts",
    "price",
    "routes",
    "sweep",
    "outcome",
    "epoch",
    "copied_at",
)
#: Guarded: it changes no row where the batch is no longer in that state and version.
step = Prepared(
    update(managed_batch)
    .where(
        _HERE, managed_batch.c.state == bindparam("b_from"), managed_batch.c.version == bindparam("b_version")
    )
    .values(
        {name: bindparam(f"b_{name}", type_=managed_batch.c[name].type) for name in STEPPED}
        | {
            "state": bindparam("b_to"),
            "version": managed_batch.c.version + 1,
            "updated_at": bindparam("b_at", type_=managed_batch.c.updated_at.type),
        }
    )
)
uploaded = Prepared(
    update(managed_batch)
    .where(_HERE)
    .values(
        rows=bindparam("b_rows"),
        uploaded_at=bindparam("b_at", type_=managed_batch.c.uploaded_at.type),
    )
)
#: Guarded by how far it was.
checked = Prepared(
    update(managed_batch)
    .where(
        _HERE,
        managed_batch.c.state == literal_column("'draft'"),
        managed_batch.c.version == bindparam("b_version"),
        managed_batch.c.checked == bindparam("b_before"),
    )
    .values(
        {
            name: bindparam(f"b_{name}")
            for name in ("checked", "good", "parts", "price", "routes", "template_label")
        }
    )
)
fed = Prepared(
    update(managed_batch)
    .where(
        _HERE,
        managed_batch.c.state == literal_column("'running'"),
        managed_batch.c.fed == bindparam("b_before"),
    )
    .values(fed=bindparam("b_fed"), submitted=managed_batch.c.submitted + bindparam("b_submitted"))
)
#: Guarded: a step in between begins another sweep.
swept = Prepared(
    update(managed_batch)
    .where(_HERE, managed_batch.c.version == bindparam("b_version"))
    .values(sweep=bindparam("b_sweep"))
)
closed = Prepared(
    update(managed_batch)
    .where(_HERE, managed_batch.c.state == literal_column("'cancelled'"))
    .values(
        open=False,
        outcome=bindparam("b_outcome"),
        finished_at=bindparam("b_at", type_=managed_batch.c.finished_at.type),
    )
)
drop_batch = Prepared(delete(managed_batch).where(managed_batch.c.seq == bindparam("seq")))


def page(client_id: int | None, states: tuple[str, ...], before: int | None, limit: int) -> Select[Any]:
    """Batches newest first: of one client or all, in some states or any, before the one of ``seq`` ``before``."""
    found = _with_client.order_by(managed_batch.c.seq.desc()).limit(limit)
    if client_id is not None:
        found = found.where(managed_batch.c.client_id == client_id)
    if states:
        found = found.where(managed_batch.c.state.in_(states))
    if before is not None:
        found = found.where(managed_batch.c.seq < before)
    # Half a batch is nobody's.
    return found.where(managed_batch.c.uploaded_at.is_not(None))


# --- rows ---

_OF_BATCH = batch_row.c.batch_seq == bindparam("batch_seq")
_BEHIND = batch_row.c.number > bindparam("after")
_ERRORS: ColumnElement[bool] = literal_column("errors IS NOT NULL")

insert_row = Prepared(
    insert(batch_row).values(
        {name: bindparam(name) for name in ("batch_seq", "number", "state", "fields", "errors")}
    )
)
#: What is to be checked; what came malformed keeps its verdict.
to_check = Prepared(
    select(batch_row.c.number, batch_row.c.state, batch_row.c.fields)
    .where(_OF_BATCH, _BEHIND)
    .order_by(batch_row.c.number)
    .limit(bindparam("limit", required=True))
)
set_verdict = Prepared(
    update(batch_row)
    .where(batch_row.c.batch_seq == bindparam("b_batch_seq"), batch_row.c.number == bindparam("b_number"))
    .values({name: bindparam(f"b_{name}") for name in ("state", "recipient", "text", "parts", "errors")})
)
#: Recipients that have been checked already, to know those that come again.
recipients = Prepared(
    select(batch_row.c.number, batch_row.c.recipient).where(
        _OF_BATCH, batch_row.c.number <= bindparam("until"), batch_row.c.recipient.is_not(None)
    )
)
to_feed = Prepared(
    select(batch_row)
    .where(_OF_BATCH, _BEHIND, batch_row.c.state == literal_column("'good'"))
    .order_by(batch_row.c.number)
    .limit(bindparam("limit", required=True))
)
#: Guarded: no row becomes two messages. The message has from now on what was said here.
set_submitted = Prepared(
    update(batch_row)
    .where(
        batch_row.c.batch_seq == bindparam("b_batch_seq"),
        batch_row.c.number == bindparam("b_number"),
        batch_row.c.state == literal_column("'good'"),
        batch_row.c.message_id.is_(None),
    )
    .values(state="submitted", message_id=bindparam("b_message_id"), fields=None, recipient=None, text=None)
)
set_skipped = Prepared(
    update(batch_row)
    .where(batch_row.c.batch_seq == bindparam("b_batch_seq"), batch_row.c.number == bindparam("b_number"))
    .values(state="skipped", errors=bindparam("b_errors"))
)
delete_rows = Prepared(
    delete(batch_row).where(
        _OF_BATCH,
        batch_row.c.number.in_(
            select(batch_row.c.number)
            .where(_OF_BATCH)
            .limit(bindparam("limit", required=True))
            .scalar_subquery()
        ),
    )
)
#: Batches that are over since before then and still have rows.
over = Prepared(
    select(managed_batch.c.seq)
    .where(
        managed_batch.c.open == literal_column("0"),
        managed_batch.c.finished_at < bindparam("before", type_=managed_batch.c.finished_at.type),
        select(batch_row.c.number).where(batch_row.c.batch_seq == managed_batch.c.seq).exists(),
    )
    .limit(1)
)

#: Such a row is passed over by checks and by what hands rows in, as any that is not of the right form.
erase_rows = Prepared(
    update(batch_row)
    .where(
        batch_row.c.message_id.is_(None),
        or_(batch_row.c.recipient == bindparam("b_recipient"), batch_row.c.fields.like(bindparam("b_cells"))),
    )
    .values(
        state="malformed",
        fields=None,
        recipient=None,
        text=None,
        errors='[["","erased","was erased, as its recipient asked for"]]',
    )
)

_first_code: ColumnElement[str] = func.json_extract(batch_row.c.errors, "$[0][1]")
problems = Prepared(
    select(_first_code.label("code"), func.count().label("rows"))
    .where(_OF_BATCH, _ERRORS)
    .group_by(_first_code)
)
count_skipped = Prepared(
    select(func.count()).where(_OF_BATCH, _ERRORS, batch_row.c.state == literal_column("'skipped'"))
)
_row_columns: tuple[Column[Any], ...] = tuple(batch_row.c)
_rows = (
    select(
        *_row_columns,
        _message.c.state.label("message_state"),
        func.coalesce(batch_row.c.recipient, _message.c.recipient).label("whom"),
    )
    .join_from(batch_row, _message, batch_row.c.message_id == _message.c.id, isouter=True)
    .where(_OF_BATCH, _BEHIND)
    .order_by(batch_row.c.number)
    .limit(bindparam("limit", required=True))
)
rows = Prepared(_rows)
rows_with_errors = Prepared(_rows.where(_ERRORS))
