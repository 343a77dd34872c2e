"""Statements that find the part which a status report is about, and that keep what reports say."""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from gatewayd.queue.tables import attempt, message, part, status_report
from gatewayd.store.prepared import Prepared

#: Where the SIM doesn't tell its number, reports and parts belong together by their modem.
_ON_SIM: ColumnElement[bool] = and_(
    part.c.sim.is_not_distinct_from(bindparam("sim")),
    or_(part.c.sim.is_not(None), part.c.modem == bindparam("modem")),
)
#: The submit that made the part what it is. The last by its number: by the clock, which may be set, it need not be.
_SUBMIT = (
    select(func.max(attempt.c.seq))
    .where(
        attempt.c.message_seq == part.c.message_seq,
        attempt.c.part == part.c.number,
        attempt.c.armed_at.is_not(None),
    )
    .correlate(part)
    .scalar_subquery()
)
_FACTS = (
    attempt.c.seq.label("attempt"),
    attempt.c.armed_at,
    attempt.c.finished_at,
    attempt.c.outcome,
    attempt.c.seconds,
)

#: Parts with that TP-MR (or, for null, with an unknown one) that were answered in a span of time, to recipients that
#: end in ``tail``.
by_reference = Prepared(
    select(part, message.c.recipient, message.c.possible_duplicate, *_FACTS)
    .join_from(part, message, part.c.message_seq == message.c.seq)
    .join(attempt, attempt.c.seq == _SUBMIT)
    .where(
        _ON_SIM,
        part.c.mr.is_not_distinct_from(bindparam("mr")),
        part.c.at.between(bindparam("since"), bindparam("until")),
        message.c.recipient.endswith(bindparam("tail")),
    )
)


def _submits(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    on_sim = and_(
        attempt.c.sim.is_not_distinct_from(bindparam("sim")),
        or_(attempt.c.sim.is_not(None), attempt.c.modem == bindparam("modem")),
    )
    same = and_(part.c.message_seq == attempt.c.message_seq, part.c.number == attempt.c.part)
    return (
        select(
            attempt.c.message_seq,
            attempt.c.part.label("number"),
            *_FACTS,
            message.c.recipient,
            message.c.possible_duplicate,
            part.c.state,
            part.c.mr,
            part.c.report,
            part.c.scts,
        )
        .join_from(attempt, message, attempt.c.message_seq == message.c.seq)
        .outerjoin(part, same)
        .where(on_sim, *conditions)
    )


#: Submits in a span of time whose outcome nobody knows, with what became of their part since.
unknown = Prepared(
    _submits(
        literal_column("outcome = 'unknown'"),
        attempt.c.armed_at.between(bindparam("since"), bindparam("until")),
    )
)
#: Submits that are under way.
under_way = Prepared(_submits(attempt.c.finished_at.is_(None), attempt.c.armed_at.is_not(None)))

#: What the SIM's last reports said of the service centre's clock.
last_times = Prepared(
    select(part.c.scts, attempt.c.armed_at)
    .join_from(part, attempt, attempt.c.seq == _SUBMIT)
    .where(
        _ON_SIM,
        part.c.modem == bindparam("modem"),
        part.c.at >= bindparam("since"),
        part.c.scts.is_not(None),
    )
    .order_by(part.c.at.desc())
    .limit(8)
)

#: A final report is the last that counts.
write = Prepared(
    update(part)
    .where(
        part.c.message_seq == bindparam("b_message_seq"),
        part.c.number == bindparam("b_number"),
        or_(part.c.report.is_(None), part.c.report == literal_column("'temporary'")),
    )
    .values(
        report=bindparam("report"),
        report_status=bindparam("report_status"),
        reported_at=bindparam("reported_at"),
        scts=func.coalesce(bindparam("scts", type_=part.c.scts.type), part.c.scts),
    )
)
reports_of = Prepared(
    select(part.c.report, part.c.report_status, part.c.reported_at).where(
        part.c.message_seq == bindparam("message_seq")
    )
)

_KEPT = ("modem", "sim", "mr", "recipient", "scts", "discharged", "status")
keep = Prepared(
    insert(status_report).values(
        {name: bindparam(name, type_=status_report.c[name].type) for name in (*_KEPT, "received_at", "after")}
    )
)
last_attempt = Prepared(select(func.max(attempt.c.seq)))
#: The same report, come again.
kept = Prepared(
    select(status_report.c.seq).where(
        *(
            status_report.c[name].is_not_distinct_from(bindparam(name, type_=status_report.c[name].type))
            for name in _KEPT
        )
    )
)
#: What may belong to a part that was just answered: reports with its TP-MR, and what came lately, for which it stood
#: in the way. Null for the TP-MR means all.
waiting = Prepared(
    select(status_report)
    .where(
        status_report.c.sim.is_not_distinct_from(bindparam("sim")),
        or_(
            bindparam("mr").is_(None),
            status_report.c.mr == bindparam("mr"),
            status_report.c.received_at >= bindparam("lately"),
        ),
    )
    .order_by(status_report.c.seq)
    .limit(100)
)
drop = Prepared(delete(status_report).where(status_report.c.seq == bindparam("seq")))
forget = Prepared(
    delete(status_report)
    .where(
        status_report.c.seq.in_(
            select(status_report.c.seq)
            .where(status_report.c.received_at < bindparam("before"))
            .order_by(status_report.c.seq)  # the oldest: they are found at once
            .limit(bindparam("limit"))
        )
    )
    .returning(status_report.c.modem)
)
