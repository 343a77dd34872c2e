"""Delivery reports: which part one is about (``matching``), and what it makes of the part and its message.

A report may come before the +CMGS of its part is written down, so one that fits nothing is kept for 24 hours and
tried again whenever a submit of its SIM is settled. One that fits several parts is given to none; where one of them is
in doubt, it is kept too, for that part's own report may settle the doubt and leave one.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from gatewayd.queue import metrics
from gatewayd.queue.delivering import conclude, handset_time
from gatewayd.queue.doubt import settle_part
from gatewayd.queue.matching import (
    ON_THE_AIR,
    SKEW,
    ZONES,
    Candidate,
    Choice,
    Kind,
    Report,
    Stage,
    agreed_error,
    choose,
)
from gatewayd.queue.records import control, turns
from gatewayd.queue.records import reports as records
from gatewayd.queue.rewriting import tail
from gatewayd.sms.pdu import DecodeError, decode_status_report
from gatewayd.sms.reports import Delivery, delivery
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

#: How long a report that fits no part is kept.
KEPT = timedelta(hours=24)
#: How far back a report without TP-SCTS is believed to reach: service centres try for some days.
_DATELESS = timedelta(days=7)
#: Longer than any submit takes, from its 0x1A to what is written of it.
_SUBMIT = timedelta(minutes=5)


class Result(enum.StrEnum):
    """What became of a report, as the metric counts it."""

    MATCHED = "matched"
    REPEATED = "repeated"
    """Its part had its final report before."""
    WAITING = "waiting"
    AMBIGUOUS = "ambiguous"
    DROPPED = "dropped"
    """Fitted no part for 24 hours."""
    GARBLED = "garbled"
    """Could not be read."""


@dataclass(frozen=True, slots=True)
class _Received:
    """A status report as it came, or as it was kept (the row has the same fields)."""

    modem: str
    sim: str | None
    mr: int
    recipient: str
    scts: datetime | None
    discharged: datetime | None
    status: int
    received_at: datetime
    after: int


def take_report(tx: Tx, modem: str, sim: str | None, octets: bytes, at: datetime) -> None:
    """Take in a status report that came to ``sim`` (ICCID) in ``modem``: SMS-STATUS-REPORT with its SMSC part.

    Taken twice it does nothing the second time. What can't be decoded is counted and forgotten: there is nothing in
    it that anybody could act on.
    """
    try:
        report = decode_status_report(octets)
    except DecodeError as error:
        reason = str(error)
        tx.after_commit(lambda: log.warning("report.garbled", modem=modem, reason=reason))
        _count(tx, modem, Result.GARBLED)
        return
    received = _Received(
        modem=modem,
        sim=sim,
        mr=report.reference,
        recipient=report.recipient,
        scts=report.scts,
        discharged=report.discharged,
        status=report.status,
        received_at=at,
        after=records.last_attempt.scalar(tx, {}) or 0,
    )
    choice = _search(tx, received)
    if choice.candidate is not None:
        _apply(tx, received, choice.candidate, at)
    elif choice.kind is Kind.AMBIGUOUS and not choice.open:
        _count(tx, modem, Result.AMBIGUOUS)
    else:
        _keep(tx, received)


def match_waiting(tx: Tx, sim: str | None, at: datetime, *, mr: int | None = None) -> None:
    """Try the reports again that wait for a part of ``sim``, because a submit of it was just settled.

    ``mr`` is what +CMGS gave, None where that isn't known: then all of them are tried.
    """
    for kept in records.waiting.all(tx, {"sim": sim, "mr": mr, "lately": at - _SUBMIT}):
        choice = _search(tx, kept)
        given_up = choice.kind is Kind.AMBIGUOUS and not choice.open
        if choice.candidate is None and not given_up:
            continue
        if records.drop.change(tx, {"seq": kept.seq}) != 1:
            continue  # One before it settled a doubt, and this one was tried again then.
        if choice.candidate is not None:
            _apply(tx, kept, choice.candidate, at)
        else:
            _count(tx, kept.modem, Result.AMBIGUOUS)


def follow_up(tx: Tx, seq: int, at: datetime, *, mr: int | None = None) -> None:
    """A part of message ``seq`` was just settled: see which reports fit now, and what they make of the message."""
    row = turns.load.first(tx, {"seq": seq})
    if row is None:
        return
    match_waiting(tx, row.sim, at, mr=mr)
    if row.parts > 1:
        # Reports of its earlier parts may have come while it was still being sent.
        conclude(tx, turns.load.first(tx, {"seq": seq}), at)


def forget_reports(tx: Tx, before: datetime, limit: int) -> int:
    """Drop ``limit`` at most of the reports that came before that and fit nothing; return how many."""
    dropped = records.forget.all(tx, {"before": before, "limit": limit})
    for row in dropped:
        _count(tx, row.modem, Result.DROPPED)
    return len(dropped)


def _keep(tx: Tx, received: _Received) -> None:
    values = {name: getattr(received, name) for name in _Received.__dataclass_fields__}
    if records.kept.first(tx, values) is None:
        records.keep.insert(tx, values)
        _count(tx, received.modem, Result.WAITING)


def _search(tx: Tx, received: Any) -> Choice:
    report = Report(_line(received), received.mr, received.recipient, received.scts, received.after)
    candidates = list(_candidates(tx, received))
    if not candidates:
        return Choice(Kind.NONE)
    times = records.last_times.all(
        tx, {"sim": received.sim, "modem": received.modem, "since": received.received_at - ZONES}
    )
    error = agreed_error([row.scts - row.armed_at for row in times])
    return choose(report, candidates, error)


def _line(received: Any) -> str:
    return received.sim or f"@{received.modem}"


def _candidates(tx: Tx, received: Any) -> Iterator[Candidate]:
    """Every submit of the SIM, about that time, that the report may be about."""
    middle = received.scts or received.received_at
    reach = ZONES if received.scts is not None else _DATELESS
    span = {"since": middle - reach - SKEW, "until": middle + reach + ON_THE_AIR + SKEW}
    for sim in sorted(_sims(tx, received), key=str):
        on_sim = {"sim": sim, "modem": received.modem}
        for mr in (received.mr, None):
            for row in records.by_reference.all(
                tx, {**on_sim, **span, "mr": mr, "tail": tail(received.recipient)}
            ):
                answered = _answered(row, _line(received))
                yield from _by_both_clocks(answered, row)
                if row.possible_duplicate:
                    # What is known of it may be from the report of an earlier submit, and this one's still to come.
                    yield from _by_both_clocks(replace(answered, scts=None, closed=False), row)
        for row in records.unknown.all(tx, {**on_sim, **span}):
            if row.mr in (None, received.mr) or row.possible_duplicate:
                yield from _by_both_clocks(_unanswered(row, _line(received), _stage(row.state)), row)
        for row in records.under_way.all(tx, on_sim):
            yield _unanswered(row, _line(received), Stage.UNDER_WAY)


def _sims(tx: Tx, received: Any) -> set[str | None]:
    """As what the SIM that a report came to may be on record: it doesn't always tell its ICCID, as while it is busy."""
    if received.sim is not None:
        return {received.sim, None}
    last = control.find_sim.first(tx, {"modem": received.modem})
    return {None} if last is None else {last.iccid, None}


def _by_both_clocks(candidate: Candidate, row: Any) -> Iterator[Candidate]:
    """The submit as it is on record, and, where our clock was set meanwhile, by what that said afterwards."""
    yield candidate
    took = ON_THE_AIR if row.seconds is None else timedelta(seconds=row.seconds)
    moved = row.finished_at - row.armed_at - took
    # After a crash nobody knows how long it took: only a clock that went back shows then.
    if moved < -ON_THE_AIR or (row.seconds is not None and abs(moved) > SKEW):
        yield replace(
            candidate, armed_at=candidate.armed_at + moved, answered_at=candidate.answered_at + moved
        )


def _on_the_air(row: Any) -> timedelta:
    """How long after its 0x1A the service centre may have got it."""
    return min(timedelta(seconds=row.seconds), ON_THE_AIR) if row.outcome == "accepted" else ON_THE_AIR


def _answered(row: Any, line: str) -> Candidate:
    return Candidate(
        message=row.message_seq,
        part=row.number,
        attempt=row.attempt,
        stage=_stage(row.state),
        sim=line,
        mr=row.mr,
        recipient=row.recipient,
        armed_at=row.armed_at,
        answered_at=row.armed_at + _on_the_air(row),
        scts=row.scts,
        closed=_closed(row),
    )


def _unanswered(row: Any, line: str, stage: Stage) -> Candidate:
    # Of a part that was sent again, what is known belongs to the later submit: this one's own report may still come.
    superseded = row.possible_duplicate and stage is Stage.SENT
    return Candidate(
        message=row.message_seq,
        part=row.number,
        attempt=row.attempt,
        stage=stage,
        sim=line,
        mr=None,
        recipient=row.recipient,
        armed_at=row.armed_at,
        answered_at=row.armed_at + ON_THE_AIR,
        scts=None if superseded else row.scts,
        closed=not superseded and _closed(row),
    )


def _stage(state: str | None) -> Stage:
    """Of a submit, by its part's state. A part without a row is to be sent again: only then a report can be noted."""
    if state is None:
        return Stage.UNDER_WAY
    return Stage.SENT if state == "sent" else Stage.DOUBTFUL


def _closed(row: Any) -> bool:
    return row.report not in (None, Delivery.TEMPORARY)


def _apply(tx: Tx, received: Any, candidate: Candidate, at: datetime) -> None:
    row = turns.load.first(tx, {"seq": candidate.message})
    if candidate.stage is Stage.DOUBTFUL:
        row = settle_part(tx, row, candidate.part, received.mr, at)
    written = records.write.change(
        tx,
        {
            "b_message_seq": candidate.message,
            "b_number": candidate.part,
            "report": delivery(received.status),
            "report_status": received.status,
            "reported_at": handset_time(received, candidate.armed_at),
            "scts": received.scts,
        },
    )
    if not written:
        _count(tx, received.modem, Result.REPEATED)
        return
    _count(tx, received.modem, Result.MATCHED)
    seconds = max(0.0, (received.received_at - candidate.armed_at).total_seconds())
    modem = received.modem
    tx.after_commit(lambda: metrics.report_seconds.labels(modem).observe(seconds))
    conclude(tx, row, at)
    if candidate.stage is Stage.DOUBTFUL:
        # It stood in the way of reports that may be about others.
        match_waiting(tx, received.sim, at)


def _count(tx: Tx, modem: str, result: Result) -> None:
    tx.after_commit(lambda: metrics.reports.labels(modem, result).inc())
