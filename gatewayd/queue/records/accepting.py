"""Statements that bring messages in: single ones at once, arrays staged and then published."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, case, delete, insert, literal_column, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gatewayd.queue.tables import batch, idempotency, message
from gatewayd.store.prepared import Prepared

STAGED: ColumnElement[str] = literal_column("'staged'")

insert_message = Prepared(insert(message))
insert_batch = Prepared(insert(batch))

#: The moment an array exists: all of its messages, in one statement.
publish_batch = Prepared(
    update(message)
    .where(message.c.batch_id == bindparam("b_batch"), message.c.state == STAGED)
    .values(
        state="queued",
        ready=case((message.c.send_at.is_(None), literal_column("1")), else_=literal_column("0")),
        not_before=message.c.send_at,
    )
)
#: What a crash between two slices of an array left behind: nobody was told of it.
delete_staged = Prepared(delete(message).where(message.c.state == STAGED))
discard_batch = Prepared(
    delete(message).where(message.c.batch_id == bindparam("batch"), message.c.state == STAGED)
)

find_answer = Prepared(
    select(idempotency.c.fingerprint, idempotency.c.answer).where(
        idempotency.c.client_id == bindparam("client_id"),
        idempotency.c.key == bindparam("key"),
        idempotency.c.created_at > bindparam("since"),
    )
)
_store_answer = upsert(idempotency)
#: An expired answer under the same key gives way.
store_answer = Prepared(
    _store_answer.on_conflict_do_update(
        index_elements=[idempotency.c.client_id, idempotency.c.key],
        set_={
            "fingerprint": _store_answer.excluded.fingerprint,
            "answer": _store_answer.excluded.answer,
            "created_at": _store_answer.excluded.created_at,
        },
    )
)
_answer = tuple_(idempotency.c.client_id, idempotency.c.key)
forget_answers = Prepared(
    delete(idempotency).where(
        _answer.in_(
            select(idempotency.c.client_id, idempotency.c.key)
            .where(idempotency.c.created_at <= bindparam("before"))
            .limit(bindparam("limit"))
        )
    )
)
