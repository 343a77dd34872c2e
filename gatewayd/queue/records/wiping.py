"""Statements that take texts and numbers out, by age or because they are one recipient's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from gatewayd.queue.tables import (
    idempotency,
    inbox,
    inbox_part,
    message,
    opt_out,
    pseudonym_key,
    quota_slot,
    status_report,
    tombstone,
    wiping,
)
from gatewayd.store.prepared import Prepared

#: As the partial indexes have it.
_WITH_TEXT: ColumnElement[bool] = literal_column("ready IS NULL AND erased IS NULL")
_WITH_NUMBER: ColumnElement[bool] = literal_column("erased = 1")
#: What somebody may still want to send again needs its text, whatever its age.
_OVER: ColumnElement[bool] = literal_column("ready IS NULL AND state NOT IN ('staged', 'in_doubt')")
_some = select(message).limit(bindparam("limit", required=True))

#: Guarded: what can still be sent is never wiped.
wipe = Prepared(
    update(message)
    .where(message.c.seq == bindparam("b_seq"), _OVER)
    .values(
        {name: bindparam(f"b_{name}") for name in ("text", "recipient", "reference", "checksum", "erased")}
    )
)


def _next_type(kept: ColumnElement[bool]) -> Prepared:
    """The first type after ``after`` of which there is something: one step along the index."""
    return Prepared(select(func.min(message.c.type)).where(kept, message.c.type > bindparam("after")))


def _old(kept: ColumnElement[bool]) -> Prepared:
    """Messages of a type that nothing has happened to since ``before``, in the order of the index."""
    conditions = (kept, _OVER, message.c.type == bindparam("type"))
    return Prepared(
        _some.where(*conditions, message.c.updated_at < bindparam("before")).order_by(message.c.updated_at)
    )


next_type_with_text, next_type_with_number = _next_type(_WITH_TEXT), _next_type(_WITH_NUMBER)
old_texts, old_numbers = _old(_WITH_TEXT), _old(_WITH_NUMBER)

old_received = Prepared(
    select(inbox.c.seq, inbox.c.sender)
    .where(literal_column("erased IS NULL"), inbox.c.received_at < bindparam("before"))
    .limit(bindparam("limit", required=True))
)
wipe_received = Prepared(
    update(inbox)
    .where(inbox.c.seq == bindparam("b_seq"))
    .values(text="", sender=bindparam("b_sender"), erased=True)
)

last_round = Prepared(select(wiping))
_round = upsert(wiping)
save_round = Prepared(
    _round.on_conflict_do_update(
        index_elements=[wiping.c.id],
        set_={name: _round.excluded[name] for name in ("ran_at", "texts", "numbers", "received")},
    )
)

# --- one recipient ---

_TO = message.c.recipient == bindparam("recipient")
#: What of a recipient's messages may still be sent: waiting, under way, or in doubt.
undecided = Prepared(
    select(message).where(_TO, or_(literal_column("ready IS NOT NULL"), literal_column("state = 'in_doubt'")))
)
of_recipient = Prepared(_some.where(_TO, _OVER).order_by(message.c.created_at))
from_sender = Prepared(
    select(inbox.c.seq, inbox.c.sender).where(
        inbox.c.sender == bindparam("sender"), literal_column("erased IS NULL")
    )
)
#: The digest stays, so that a part that comes again is known.
wipe_parts = Prepared(
    update(inbox_part)
    .where(inbox_part.c.sender == bindparam("b_sender"), literal_column("inbox_seq IS NOT NULL"))
    .values(octets=b"", sender="")
)
drop_open_parts = Prepared(
    delete(inbox_part).where(inbox_part.c.sender == bindparam("sender"), literal_column("inbox_seq IS NULL"))
)
drop_reports = Prepared(
    delete(status_report).where(
        or_(
            status_report.c.recipient == bindparam("recipient"),
            # As the network wrote it: it may leave the + out.
            status_report.c.recipient == bindparam("digits"),
        )
    )
)
drop_quotas = Prepared(
    delete(quota_slot).where(
        quota_slot.c.scope == literal_column("'recipient'"), quota_slot.c.subject == bindparam("recipient")
    )
)
hide_opt_out = Prepared(
    update(opt_out)
    .where(opt_out.c.recipient == bindparam("b_recipient"))
    .values(recipient=bindparam("b_pseudonym"))
)
_mark = upsert(tombstone)
bury = Prepared(
    _mark.on_conflict_do_update(
        index_elements=[tombstone.c.client_id, tombstone.c.type, tombstone.c.day],
        set_={
            "messages": tombstone.c.messages + _mark.excluded.messages,
            "parts": tombstone.c.parts + _mark.excluded.parts,
        },
    )
)

_place: Any = tuple_(idempotency.c.client_id, idempotency.c.key)
answers_after = Prepared(
    select(idempotency.c.client_id, idempotency.c.key, idempotency.c.answer)
    .where(_place > tuple_(bindparam("client_id"), bindparam("key", type_=String)))
    .order_by(idempotency.c.client_id, idempotency.c.key)
    .limit(bindparam("limit", required=True))
)
change_answer = Prepared(
    update(idempotency)
    .where(
        idempotency.c.client_id == bindparam("b_client_id"),
        idempotency.c.key == bindparam("b_key"),
        idempotency.c.answer == bindparam("b_before"),
    )
    .values(answer=bindparam("b_answer"))
)

# --- the key of pseudonyms ---

find_key = Prepared(select(pseudonym_key.c.sealed))
add_key = Prepared(
    insert(pseudonym_key).values({column: bindparam(column.name) for column in pseudonym_key.c})
)
replace_key = Prepared(update(pseudonym_key).values(sealed=bindparam("b_sealed")))
