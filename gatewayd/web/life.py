"""A message's life as a timeline: its changes, attempts and reports in the order in which they happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gatewayd.queue.view import AttemptView, ChangeView, MessageDetail, PartView
from gatewayd.web.advice import advice
from gatewayd.web.words import N_, WAITS

if TYPE_CHECKING:
    from gatewayd.web.page import Visit


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to a message."""

    at: datetime
    tone: str
    title: str
    details: tuple[str, ...] = ()
    attempt: AttemptView | None = None
    """The attempt that it is about: it may have a dialogue to show."""
    rank: int = 2
    """Of what happened in one second: attempts (1) come before the change of state that they bring (2)."""


#: Where attempts already say it, or say it better.
_SAID_ELSEWHERE: Final = frozenset({"message.sending"})

_CHANGES: Final = {
    "message.queued": ("wait", N_("Back in the queue")),
    "message.retry": ("care", N_("Waits for another attempt")),
    "message.sent": ("good", N_("Sent: the network took all parts")),
    "message.delivered": ("good", N_("Delivered: all parts reached the phone")),
    "message.undelivered": ("bad", N_("Not delivered: a report says that it never will be")),
    "message.failed": ("bad", N_("Failed")),
    "message.expired": ("bad", N_("Expired before it could be sent")),
    "message.cancelled": ("", N_("Cancelled")),
    "message.in_doubt": ("care", N_("In doubt: it may or may not have been sent")),
    "message.held": ("care", N_("Waits for a person's verdict")),
    "message.partial": ("care", N_("Stopped with a part of it sent")),
    "message.evidence": ("good", N_("Evidence came")),
}

_OUTCOMES: Final = {
    "accepted": ("good", N_("The network took part %(part)s (TP-MR %(mr)s)")),
    "refused": ("bad", N_("Part %(part)s was refused")),
    "unknown": ("care", N_("No answer to part %(part)s")),
    "withdrawn": ("", N_("Part %(part)s was taken back before it was sent")),
}

_REPORTS: Final = {
    "delivered": ("good", N_("Report: part %(part)s reached the phone")),
    "temporary": ("care", N_("Report: part %(part)s is not delivered yet")),
    "failed": ("bad", N_("Report: part %(part)s was not delivered")),
}


def life_of(visit: Visit, detail: MessageDetail) -> list[Moment]:
    """Everything that happened, oldest first."""
    references = {part.number: part.mr for part in detail.parts}
    moments = [_accepted(visit, detail)]
    moments += [
        _change(visit, change) for change in detail.timeline[1:] if change.kind not in _SAID_ELSEWHERE
    ]
    moments += [_attempt(visit, attempt, references.get(attempt.part)) for attempt in detail.attempts]
    moments += [_report(visit, part) for part in detail.parts if part.reported_at and part.report]
    return sorted(moments, key=lambda moment: (moment.at.replace(microsecond=0), moment.rank))


def _accepted(visit: Visit, detail: MessageDetail) -> Moment:
    message = detail.message
    return Moment(
        message.created_at, "wait", visit.say("Accepted from %(client)s", client=message.client), rank=0
    )


def _change(visit: Visit, change: ChangeView) -> Moment:
    tone, title = _CHANGES.get(change.kind, ("", change.kind))
    data = change.data
    details = []
    if error := data.get("error"):
        details.append(f"{error}: {data.get('error_text') or ''}".rstrip(": "))
        details.append(visit.say(advice(error)))
    if (reason := data.get("wait_reason")) in WAITS and reason:
        details.append(visit.say("It waits %(what)s.", what=visit.say(WAITS[reason])))
    if by := data.get("by"):
        details.append(visit.say("By %(who)s", who=by))
    if reason := data.get("reason"):
        details.append(visit.say("Reason: %(reason)s", reason=reason))
    if evidence := data.get("evidence"):
        details.append(str(evidence))
    if data.get("possible_duplicate"):
        details.append(visit.say("The recipient may get it twice."))
    return Moment(change.at, tone, visit.say(title), tuple(details))


def _attempt(visit: Visit, attempt: AttemptView, mr: int | None) -> Moment:
    if attempt.outcome is None:
        title = visit.say("Part %(part)s is at %(modem)s", part=attempt.part, modem=attempt.modem)
        return Moment(attempt.armed_at or attempt.claimed_at, "wait", title, rank=1)
    tone, title = _OUTCOMES.get(attempt.outcome, ("", N_("Part %(part)s: no outcome is known")))
    details = [visit.say("Attempt %(number)s, %(modem)s", number=attempt.number, modem=attempt.modem)]
    if attempt.seconds is not None and attempt.outcome != "unknown":
        details[0] += ", " + visit.say(
            "answered after %(seconds)s s", seconds=visit.formats.number(round(attempt.seconds, 1))
        )
    if attempt.fault:
        details.append(f"{attempt.fault}: {attempt.fault_text or ''}".rstrip(": "))
        details.append(visit.say(advice(attempt.fault)))
    elif attempt.fault_text:
        details.append(attempt.fault_text)
    said = visit.say(title, part=attempt.part, mr="–" if mr is None else mr)
    return Moment(attempt.finished_at or attempt.claimed_at, tone, said, tuple(details), attempt, rank=1)


def _report(visit: Visit, part: PartView) -> Moment:
    tone, title = _REPORTS[part.report or "temporary"]
    assert part.reported_at is not None  # noqa: S101 - asked for by the caller
    details = (f"TP-ST {part.report_status}: {part.report_text}",) if part.report_text else ()
    return Moment(part.reported_at, tone, visit.say(title, part=part.number), details, rank=1)
