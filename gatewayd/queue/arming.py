"""Arming, withdrawing and settling an attempt: the transactions around one 0x1A.

Whatever happens to the process, the rows tell: an attempt without ``armed_at`` was provably not sent; one with it
and without ``finished_at`` may have been.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gatewayd.message import State
from gatewayd.modem.ports import Accepted, NotArmed, Outcome, Phase, Refused, Unknown
from gatewayd.queue import limits
from gatewayd.queue.claim import Claim
from gatewayd.queue.dialogue import written
from gatewayd.queue.halting import InvariantViolation
from gatewayd.queue.lifecycle import move, touch
from gatewayd.queue.pace import PaceRecord
from gatewayd.queue.records import outcomes, turns
from gatewayd.queue.retry import Decision
from gatewayd.queue.routing import only
from gatewayd.store.transaction import Tx

#: How long evidence about a part in doubt is waited for: late answers come within minutes, and so do most reports.
DOUBT_WINDOW = timedelta(minutes=15)

#: What an attempt that was never armed has none of.
_NOTHING: Final[dict[str, Any]] = dict.fromkeys(("phase", "fault", "fault_text", "mr", "seconds", "dialogue"))


@dataclass
class Withdrawn(NotArmed):
    """The part must not be sent after all."""

    reason: str
    """``cancelled``, ``expired`` or ``quota``."""
    until: datetime | None = None
    """For ``quota``: when there is room."""


def arm(tx: Tx, claim: Claim, at: datetime, pace: PaceRecord) -> None:
    """From here on the part may be sent: charge its pace and its quotas. Raises Withdrawn where it must not be."""
    if outcomes.arm.change(tx, {"b_attempt": claim.attempt, "b_at": at}) != 1:
        raise _why_not(tx, claim, at)
    for scope, subject in claim.subjects.items():
        # Looked at again, since another modem may have taken the room between the claim and now.
        until = limits.blocked_until(tx, claim.seat.limits, scope, subject, at, 1)
        if until is not None:
            raise Withdrawn("quota", until)
    limits.charge(tx, claim.seat.limits, claim.subjects, at)
    charge_pace(tx, claim.seat.modem, pace)


def charge_pace(tx: Tx, modem: str, pace: PaceRecord) -> None:
    """Write down when the modem's last 0x1A was, or will be, written."""
    outcomes.charge_pace.change(
        tx, {"modem": modem, "boot_id": pace.boot_id, "boottime": pace.boottime, "wall": pace.wall}
    )


def _why_not(tx: Tx, claim: Claim, at: datetime) -> Exception:
    row = turns.load.first(tx, {"seq": claim.message.seq})
    if row is not None and row.state == State.SENDING:
        if row.cancel_requested:
            return Withdrawn("cancelled")
        if row.expires_at is not None and row.expires_at <= at:
            return Withdrawn("expired")
    return InvariantViolation(
        f"attempt {claim.attempt} at part {claim.part} of message {claim.message.id} can't be armed"
    )


def withdraw(tx: Tx, attempt: Any, reason: str, at: datetime, until: datetime | None = None) -> None:
    """Settle an attempt (``seq``, ``message_seq``) that was never armed: its message goes back, or ends."""
    _settle_attempt(tx, attempt.seq, at, outcome="withdrawn", fault=reason)
    row = turns.load.first(tx, {"seq": attempt.message_seq})
    if row is None or row.state != State.SENDING:
        return
    attempts = row.attempts - 1
    if row.cancel_requested:
        move(tx, row, State.CANCELLED, at, attempts=attempts)
    elif row.expires_at is not None and row.expires_at <= at:
        move(tx, row, State.EXPIRED, at, attempts=attempts)
    else:
        parked = {"wait_reason": "quota", "not_before": until} if until is not None else {"ready": True}
        move(tx, row, State.QUEUED, at, attempts=attempts, route=route_back(tx, row), **parked)


def settle(tx: Tx, claim: Claim, outcome: Outcome, decision: Decision, at: datetime, until: datetime) -> None:
    """Write down what became of an armed, or refused, attempt, and where that takes its message.

    ``until`` is when a message that is tried again may go.
    """
    facts = _facts(outcome) | {"dialogue": written(outcome.dialogue)}
    if decision.state is State.IN_DOUBT:
        # An error too late, or of the wrong kind, to prove a refusal.
        facts["outcome"] = "unknown"
    _settle_attempt(tx, claim.attempt, at, **facts)
    row = turns.load.first(tx, {"seq": claim.message.seq})
    if row is None or row.state != State.SENDING:
        raise InvariantViolation(f"message {claim.message.id} left its state while a part was under way")
    if decision.state in (State.SENT, State.IN_DOUBT):
        conclude_part(tx, row, claim.part, decision, at, mr=getattr(outcome, "mr", None))
    else:
        _go_back(tx, row, decision, at, until)


def conclude_part(
    tx: Tx, row: Any, number: int, decision: Decision, at: datetime, mr: int | None = None
) -> None:
    """Part ``number`` of the SENDING message ``row`` is sent, or in doubt: on to the next part, or to the end."""
    state = "sent" if decision.state is State.SENT else "in_doubt"
    outcomes.insert_part.change(
        tx,
        {
            "message_seq": row.seq,
            "number": number,
            "state": state,
            "mr": mr,
            "modem": row.modem,
            "at": at,
        },
    )
    states = (
        [state]
        if row.parts == 1
        else [found for _, found in turns.parts_of.all(tx, {"message_seq": row.seq})]
    )
    changes: dict[str, Any] = {"parts_sent": states.count("sent"), "spent": 0}
    changes |= {"error": decision.error, "error_text": decision.error_text}
    if len(states) < row.parts:
        if row.cancel_requested:
            move(tx, row, State.CANCELLED, at, **changes)
        else:
            # The other parts still go, but nobody else's to this recipient: their reports could not be told apart.
            until = at + DOUBT_WINDOW if state == "in_doubt" else row.doubt_until
            touch(tx, row, at, doubt_until=until, **changes)
    elif "in_doubt" in states:
        move(tx, row, State.IN_DOUBT, at, doubt_until=at + DOUBT_WINDOW, **changes)
    else:
        move(tx, row, State.SENT, at, sent_at=at, **changes)


def _go_back(tx: Tx, row: Any, decision: Decision, at: datetime, until: datetime) -> None:
    changes: dict[str, Any] = {
        "spent": row.spent + decision.spent,
        "error": decision.error,
        "error_text": decision.error_text,
    }
    if row.cancel_requested:
        move(tx, row, State.CANCELLED, at, **changes)
    elif decision.state is State.FAILED:
        move(tx, row, State.FAILED, at, **changes)
    elif decision.delay:
        parked: dict[str, Any] = {"wait_reason": decision.wait_reason, "not_before": until}
        move(tx, row, State.QUEUED, at, route=route_back(tx, row), **parked, **changes)
    else:
        move(tx, row, State.QUEUED, at, route=route_back(tx, row), ready=True, **changes)


def route_back(tx: Tx, row: Any) -> str:
    """The route of a message that goes back: once a part is out, or may be, the others follow on its SIM."""
    begun = row.parts > 1 and turns.parts_of.all(tx, {"message_seq": row.seq})
    return only(row.modem) if begun else str(row.route)


def _facts(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Accepted(mr=mr, seconds=seconds):
            return {"outcome": "accepted", "phase": Phase.SUBMITTED, "mr": mr, "seconds": seconds}
        case Refused(fault=fault, phase=phase, seconds=seconds):
            return {
                "outcome": "refused",
                "phase": phase,
                "fault": fault.name,
                "fault_text": fault.text,
                "seconds": seconds,
            }
        case Unknown(phase=phase, reason=reason, seconds=seconds):
            return {"outcome": "unknown", "phase": phase, "fault_text": reason, "seconds": seconds}


def _settle_attempt(tx: Tx, attempt: int, at: datetime, **facts: Any) -> None:
    values = _NOTHING | facts | {"b_attempt": attempt, "b_at": at}
    if outcomes.settle.change(tx, values) != 1:
        raise InvariantViolation(f"attempt {attempt} was settled twice")
