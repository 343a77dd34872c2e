"""Statements that arm an attempt, settle it, and move a message from state to state."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, insert, literal_column, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gatewayd.queue.tables import attempt, message, pace, part, quota_slot
from gatewayd.store.prepared import Prepared

#: The columns that a life changes; ``lifecycle`` writes all of them at once, so that one statement serves every step.
MUTABLE = (
    "ready",
    "wait_reason",
    "not_before",
    "route",
    "parts_sent",
    "attempts",
    "spent",
    "modem",
    "sim",
    "error",
    "error_text",
    "possible_duplicate",
    "corrected",
    "cancel_requested",
    "sent_at",
    "delivered_at",
    "doubt_until",
    "charged",
)

#: The one statement that changes a state. The row count tells whether the message still was where we thought.
move = Prepared(
    update(message)
    .where(message.c.seq == bindparam("b_seq"), message.c.state == bindparam("b_from"))
    .values(
        state=bindparam("b_to"),
        updated_at=bindparam("b_at"),
        **{name: bindparam(name, type_=message.c[name].type) for name in MUTABLE},
    )
)

#: Arming: this row changes, or 0x1A is not written.
arm = Prepared(
    update(attempt)
    .where(
        attempt.c.seq == bindparam("b_attempt"),
        attempt.c.armed_at.is_(None),
        attempt.c.finished_at.is_(None),
        ~select(part.c.number)
        .where(part.c.message_seq == attempt.c.message_seq, part.c.number == attempt.c.part)
        .exists(),
        select(message.c.seq)
        .where(
            message.c.seq == attempt.c.message_seq,
            message.c.state == literal_column("'sending'"),
            message.c.cancel_requested == literal_column("0"),
            or_(message.c.expires_at.is_(None), message.c.expires_at > bindparam("b_at")),
        )
        .exists(),
    )
    .values(armed_at=bindparam("b_at"))
)
settle = Prepared(
    update(attempt)
    .where(attempt.c.seq == bindparam("b_attempt"), attempt.c.finished_at.is_(None))
    .values(
        finished_at=bindparam("b_at"),
        outcome=bindparam("outcome"),
        phase=bindparam("phase"),
        fault=bindparam("fault"),
        fault_text=bindparam("fault_text"),
        mr=bindparam("mr"),
        seconds=bindparam("seconds"),
        dialogue=bindparam("dialogue"),
    )
)
unsettled_of = Prepared(
    select(attempt).where(attempt.c.message_seq == bindparam("message_seq"), attempt.c.finished_at.is_(None))
)
#: In no order: sorting by `seq` would make SQLite walk the whole table instead of the index of the unsettled.
unsettled = Prepared(select(attempt).where(attempt.c.finished_at.is_(None)))
#: Its SIM is what the modem told when it was submitted, which may be nothing though its message began on a known one.
insert_part = Prepared(
    insert(part).values(
        **{name: bindparam(name) for name in ("message_seq", "number", "state", "mr", "modem", "at")},
        sim=select(attempt.c.sim)
        .where(attempt.c.message_seq == bindparam("message_seq"), attempt.c.part == bindparam("number"))
        .order_by(attempt.c.seq.desc())
        .limit(1)
        .scalar_subquery(),
    )
)

_pace = upsert(pace)
charge_pace = Prepared(
    _pace.on_conflict_do_update(
        index_elements=[pace.c.modem],
        set_={
            "boot_id": _pace.excluded.boot_id,
            "boottime": _pace.excluded.boottime,
            "wall": _pace.excluded.wall,
        },
    )
)
find_pace = Prepared(
    select(pace.c.boot_id, pace.c.boottime, pace.c.wall).where(pace.c.modem == bindparam("modem"))
)

_OF_SUBJECT = and_(quota_slot.c.scope == bindparam("b_scope"), quota_slot.c.subject == bindparam("b_from"))
_slot = upsert(quota_slot)
charge_quota = Prepared(
    _slot.on_conflict_do_update(
        index_elements=[quota_slot.c.scope, quota_slot.c.subject, quota_slot.c.window, quota_slot.c.slot],
        set_={"parts": quota_slot.c.parts + 1},
    )
)
counted_slots = Prepared(
    select(quota_slot.c.slot, quota_slot.c.parts)
    .where(
        quota_slot.c.scope == bindparam("scope"),
        quota_slot.c.subject == bindparam("subject"),
        quota_slot.c.window == bindparam("window"),
        quota_slot.c.slot >= bindparam("oldest"),
    )
    .order_by(quota_slot.c.slot)
)
_taken_over = upsert(quota_slot).from_select(
    ["scope", "subject", "window", "slot", "parts"],
    select(
        quota_slot.c.scope,
        bindparam("b_to", type_=quota_slot.c.subject.type),
        quota_slot.c.window,
        quota_slot.c.slot,
        quota_slot.c.parts,
    ).where(_OF_SUBJECT),
)
#: What was counted under one subject counts under another.
take_over_slots = Prepared(
    _taken_over.on_conflict_do_update(
        index_elements=[quota_slot.c.scope, quota_slot.c.subject, quota_slot.c.window, quota_slot.c.slot],
        set_={"parts": quota_slot.c.parts + _taken_over.excluded.parts},
    )
)
drop_slots = Prepared(delete(quota_slot).where(_OF_SUBJECT))
forget_slots = Prepared(
    delete(quota_slot).where(
        quota_slot.c.window == bindparam("b_window"), quota_slot.c.slot < bindparam("b_oldest")
    )
)
