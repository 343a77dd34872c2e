"""Statements of who wants no messages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, insert, literal_column, select

from gatewayd.queue.tables import message, opt_out, part
from gatewayd.store.prepared import Prepared

find = Prepared(select(opt_out).where(opt_out.c.recipient == bindparam("recipient")))
all_since = Prepared(select(opt_out.c.recipient, opt_out.c.since))
add = Prepared(insert(opt_out).values({column: bindparam(column.name) for column in opt_out.c}))
remove = Prepared(delete(opt_out).where(opt_out.c.recipient == bindparam("recipient")))
page = Prepared(
    select(opt_out)
    .where(opt_out.c.recipient > bindparam("after"))
    .order_by(opt_out.c.recipient)
    .limit(bindparam("limit", required=True))
)

#: What waits for a recipient and has not begun. The concatenation keeps the index on `state` out of it: there are
#: more queued messages than messages to one recipient.
_queued: Any = message.c.state.concat("") == literal_column("'queued'")
waiting = Prepared(
    select(message).where(
        message.c.recipient == bindparam("recipient"),
        _queued,
        message.c.parts_sent == literal_column("0"),
        ~select(part.c.number).where(part.c.message_seq == message.c.seq).exists(),
    )
)
#: Recipients of a fresh array who want no messages: they said so while it came in.
in_batch = Prepared(
    select(message.c.recipient)
    .where(message.c.batch_id == bindparam("batch"), message.c.state == literal_column("'staged'"))
    .where(select(opt_out.c.since).where(opt_out.c.recipient == message.c.recipient).exists())
    .distinct()
)
#: Whether a client has sent, or is about to send, something to a recipient.
sent_lately = Prepared(
    select(message.c.seq)
    .where(
        message.c.recipient == bindparam("recipient"),
        message.c.client_id == bindparam("client_id"),
        message.c.created_at > bindparam("since"),
    )
    .limit(1)
)
