"""Statements of what steers the queue: halts, modes of modems, what the modem side wants remembered; and timers."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, insert, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gatewayd.queue.records.turns import OPEN
from gatewayd.queue.tables import attempt, halt, message, modem_mode, modem_reset, part, pin_try, sim
from gatewayd.store.prepared import Prepared

running_halt = Prepared(select(halt.c.id, halt.c.reason).where(halt.c.resumed_at.is_(None)))
insert_halt = Prepared(insert(halt).values(reason=bindparam("reason"), halted_at=bindparam("halted_at")))
end_halt = Prepared(
    update(halt)
    .where(halt.c.id == bindparam("b_id"))
    .values(resumed_at=bindparam("b_at"), resumed_by=bindparam("b_by"))
)

all_modes = Prepared(select(modem_mode))
find_mode = Prepared(select(modem_mode).where(modem_mode.c.modem == bindparam("modem")))
_mode = upsert(modem_mode)
set_mode = Prepared(
    _mode.on_conflict_do_update(
        index_elements=[modem_mode.c.modem],
        set_={
            "mode": _mode.excluded.mode,
            "reason": _mode.excluded.reason,
            "changed_by": _mode.excluded.changed_by,
            "changed_at": _mode.excluded.changed_at,
        },
    )
)

find_sim = Prepared(select(sim).where(sim.c.modem == bindparam("modem")))
_sim = upsert(sim)
set_sim = Prepared(
    _sim.on_conflict_do_update(
        index_elements=[sim.c.modem],
        set_={"iccid": _sim.excluded.iccid, "imei": _sim.excluded.imei, "since": _sim.excluded.since},
    )
)
find_pin = Prepared(
    select(pin_try.c.accepted).where(
        pin_try.c.iccid == bindparam("iccid"), pin_try.c.pin_hash == bindparam("pin_hash")
    )
)
_pin = upsert(pin_try)
set_pin = Prepared(
    _pin.on_conflict_do_update(
        index_elements=[pin_try.c.iccid, pin_try.c.pin_hash],
        set_={"accepted": _pin.excluded.accepted, "tried_at": _pin.excluded.tried_at},
    )
)
find_reset = Prepared(
    select(modem_reset.c.used_at).where(
        modem_reset.c.modem == bindparam("modem"), modem_reset.c.rung == bindparam("rung")
    )
)
_reset = upsert(modem_reset)
set_reset = Prepared(
    _reset.on_conflict_do_update(
        index_elements=[modem_reset.c.modem, modem_reset.c.rung],
        set_={"used_at": _reset.excluded.used_at},
    )
)
mark_worked = Prepared(
    update(modem_reset)
    .where(modem_reset.c.modem == bindparam("b_modem"), modem_reset.c.rung == bindparam("b_rung"))
    .values(worked_at=bindparam("b_at"))
)
last_worked = Prepared(
    select(modem_reset.c.rung)
    .where(modem_reset.c.modem == bindparam("modem"), modem_reset.c.worked_at.is_not(None))
    .order_by(modem_reset.c.worked_at.desc())
    .limit(1)
)

_WAITS: ColumnElement[bool] = literal_column("not_before IS NOT NULL")
_EXPIRES: ColumnElement[bool] = literal_column("ready IS NOT NULL AND expires_at IS NOT NULL")
#: What is at a modem is not ended here. The concatenation keeps the index on `state` out of it.
_QUEUED = message.c.state.concat("") == literal_column("'queued'")

#: Parked messages whose time has come are ready again, some at a time.
promote = Prepared(
    update(message)
    .where(
        message.c.seq.in_(
            select(message.c.seq)
            .where(_WAITS, message.c.not_before <= bindparam("b_now"))
            .order_by(message.c.not_before)
            .limit(bindparam("b_limit"))
            .scalar_subquery()
        )
    )
    .values(ready=True, wait_reason=None, not_before=None)
)
overdue = Prepared(
    select(message)
    .where(_EXPIRES, _QUEUED, message.c.expires_at <= bindparam("now"))
    .order_by(message.c.expires_at)
    .limit(bindparam("limit"))
)
next_wait = Prepared(select(message.c.not_before).where(_WAITS).order_by(message.c.not_before).limit(1))
next_expiry = Prepared(
    select(message.c.expires_at).where(_EXPIRES, _QUEUED).order_by(message.c.expires_at).limit(1)
)

#: Begun through this modem and not finished: some parts are sent, or in doubt.
begun = Prepared(
    select(message)
    .where(
        OPEN,
        message.c.modem == bindparam("modem"),
        select(part.c.number).where(part.c.message_seq == message.c.seq).exists(),
    )
    .order_by(message.c.seq)
)
#: The modems whose last answers may still come: what was armed since then, and never answered.
unanswered_since = Prepared(
    select(attempt.c.modem)
    .where(literal_column("outcome = 'unknown'"), attempt.c.armed_at >= bindparam("since"))
    .distinct()
)
#: The modems that have begun something.
begun_by = Prepared(select(message.c.modem).where(OPEN, message.c.modem.is_not(None)).distinct())
#: After a restart nobody stands anywhere: all look again.
unpark_all = Prepared(
    update(message)
    .where(literal_column("wait_reason = 'order'"))
    .values(ready=True, wait_reason=None, not_before=None)
)
