"""Statements about parts of which nobody knows whether they were sent."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, delete, func, literal_column, select, update

from gatewayd.queue.tables import attempt, message, part
from gatewayd.store.prepared import Prepared

_IN_DOUBT: ColumnElement[str] = literal_column("'in_doubt'")
_OPEN: ColumnElement[bool] = literal_column("doubt_until IS NOT NULL")
#: A message with other parts to come is not judged yet. The concatenation keeps the index on `state` out of it.
_SETTLED = message.c.state.concat("") == _IN_DOUBT

#: Proof for one part; nothing changes where it is already sent.
confirm_part = Prepared(
    update(part)
    .where(
        part.c.message_seq == bindparam("b_message_seq"),
        part.c.number == bindparam("b_number"),
        part.c.state != literal_column("'sent'"),
    )
    .values(state="sent", mr=func.coalesce(bindparam("b_mr"), part.c.mr))
)
#: The SIM's own count has told the TP-MR of a part in doubt.
learn_reference = Prepared(
    update(part)
    .where(
        part.c.message_seq == bindparam("b_message_seq"),
        part.c.number == bindparam("b_number"),
        part.c.state == _IN_DOUBT,
        part.c.mr.is_(None),
    )
    .values(mr=bindparam("b_mr"))
)
#: How often the most tried of a message's parts in doubt was submitted without an answer.
unanswered = Prepared(
    select(func.count())
    .select_from(attempt)
    .where(
        attempt.c.message_seq == bindparam("message_seq"),
        attempt.c.outcome == literal_column("'unknown'"),
        attempt.c.armed_at.is_not(None),
        attempt.c.part.in_(
            select(part.c.number).where(
                part.c.message_seq == bindparam("message_seq"), part.c.state == _IN_DOUBT
            )
        ),
    )
    .group_by(attempt.c.part)
    .order_by(func.count().desc())
    .limit(1)
)
assume_parts = Prepared(
    update(part)
    .where(part.c.message_seq == bindparam("b_message_seq"), part.c.state == _IN_DOUBT)
    .values(state="assumed")
)
#: They are to be sent again, so they count as missing.
drop_parts = Prepared(
    delete(part).where(part.c.message_seq == bindparam("message_seq"), part.c.state == _IN_DOUBT)
)

#: Messages whose window of evidence is over.
overdue = Prepared(
    select(message)
    .where(_OPEN, _SETTLED, message.c.doubt_until <= bindparam("now"))
    .order_by(message.c.doubt_until)
    .limit(bindparam("limit"))
)
next_verdict = Prepared(
    select(message.c.doubt_until).where(_OPEN, _SETTLED).order_by(message.c.doubt_until).limit(1)
)
