"""In doubt: evidence, the policy when there was none, and a person's verdict.

Between 0x1A and its answer nobody can know. Where the answer stays away, evidence is waited for: a late +CMGS, or a
status report, which only exists for what the network took. The absence of a report proves nothing. When the window
is over, the message's policy decides: ``hold`` it for a person, ``resend`` it, marked as a possible duplicate, or
``assume_sent``. A second send never happens silently.
"""

from __future__ import annotations

import enum
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from gatewayd.audit import trail
from gatewayd.errors import Conflict
from gatewayd.events import feed
from gatewayd.message import Doubt, State
from gatewayd.queue.arming import route_back
from gatewayd.queue.delivering import conclude
from gatewayd.queue.lifecycle import TOPIC, move, touch, wake_lane
from gatewayd.queue.lookup import find, policy, view
from gatewayd.queue.records import doubts, turns
from gatewayd.queue.view import MessageView
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

Told = dict[str, Any]
"""What an event says of who decided, and why."""


class Verdict(enum.StrEnum):
    """What a person says of a message in doubt."""

    SENT = "sent"
    RESEND = "resend"
    """Send the parts in doubt again, marked as possible duplicates."""
    FAILED = "failed"
    """It was not sent and shall not be."""


def settle_part(tx: Tx, row: Any, number: int, mr: int | None, at: datetime) -> Any:
    """Part ``number`` of the message is proven to have been sent; return the message's row as it is then.

    A message in doubt whose parts are all proven is SENT. One that was given up is too, marked as corrected.
    """
    changed = doubts.confirm_part.change(tx, {"b_message_seq": row.seq, "b_number": number, "b_mr": mr})
    if changed:
        states = _part_states(tx, row)
        counted: dict[str, Any] = {"parts_sent": len(states) - states.count("in_doubt")}
        complete = len(states) == row.parts and "in_doubt" not in states
        if complete and row.state in (State.IN_DOUBT, State.FAILED, State.EXPIRED):
            corrected = row.corrected or row.state != State.IN_DOUBT
            facts: dict[str, Any] = {"error": None, "error_text": None, "sent_at": at}
            move(tx, row, State.SENT, at, corrected=corrected, **facts, **counted)
        else:
            touch(tx, row, at, doubt_until=row.doubt_until if "in_doubt" in states else None, **counted)
    return turns.load.first(tx, {"seq": row.seq})


def _part_states(tx: Tx, row: Any) -> list[str]:
    return [state for _, state in turns.parts_of.all(tx, {"message_seq": row.seq})]


def _send_again(
    tx: Tx, row: Any, at: datetime, *, possible_duplicate: bool, told: Told | None = None
) -> None:
    if _is_over(row, at):
        move(tx, row, State.EXPIRED, at, told=told)
    else:
        again: dict[str, Any] = {"possible_duplicate": possible_duplicate, "route": route_back(tx, row)}
        move(tx, row, State.QUEUED, at, told=told, ready=True, spent=0, **again)


def _is_over(row: Any, at: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= at


def _resend(tx: Tx, row: Any, at: datetime, told: Told) -> None:
    if not _is_over(row, at):
        # What is kept of an expired message goes on saying that its parts may have been sent.
        doubts.drop_parts.change(tx, {"message_seq": row.seq})
    _send_again(tx, row, at, possible_duplicate=True, told=told)


def _assume_sent(tx: Tx, row: Any, at: datetime, told: Told) -> None:
    doubts.assume_parts.change(tx, {"b_message_seq": row.seq})
    move(tx, row, State.SENT, at, told=told, parts_sent=row.parts, sent_at=at)
    # A report of one of its other parts may already say that the message never arrived whole.
    conclude(tx, turns.load.first(tx, {"seq": row.seq}), at)


def _hold(tx: Tx, row: Any, at: datetime, told: Told) -> None:
    """Nothing more is waited for; the recipient's other messages may go, this one stays for a person."""
    touch(tx, row, at, doubt_until=None)
    wake_lane(tx, row)
    tx.announce(TOPIC)
    data = {"state": State.IN_DOUBT} | {name: told[name] for name in ("reason",) if name in told}
    feed.append(tx, "message.held", subject=row.id, client_id=row.client_id, data=data, at=at)


_POLICIES = {Doubt.HOLD: _hold, Doubt.RESEND: _resend, Doubt.ASSUME_SENT: _assume_sent}


def end_windows(tx: Tx, at: datetime, limit: int, attempts: int) -> int:
    """Apply the policy of every message whose window of evidence is over, ``limit`` at most; return how many.

    One that was submitted ``attempts`` times without an answer is held, whatever its policy: each may have arrived.
    """
    rows = doubts.overdue.all(tx, {"now": at, "limit": limit})
    for row in rows:
        what = policy(row)
        told = {"by": f"policy {what}"}
        if what != row.in_doubt:
            told["reason"] = f"its policy {row.in_doubt!r} is damaged; see `gatewayd verify`"
            tx.after_commit(
                partial(log.error, "message.damaged", message=row.id, field="in_doubt", held=True)
            )
        if what is Doubt.RESEND:
            tries = doubts.unanswered.scalar(tx, {"message_seq": row.seq}) or 0
            if tries >= attempts:
                what, told["reason"] = Doubt.HOLD, f"it was submitted {tries} times without an answer"
        _POLICIES[what](tx, row, at, told)
    return len(rows)


def resolve(
    tx: Tx, client_id: int | None, id_: str, verdict: Verdict, *, actor: str, reason: str, at: datetime
) -> MessageView:
    """Settle a message in doubt as a person says, with the audit. Raises NotFound and Conflict (``not_in_doubt``)."""
    row = find(tx, client_id, id_)
    if row.state != State.IN_DOUBT:
        raise Conflict("not_in_doubt", f"it is {row.state}{_settled_by(tx, row)}")
    told = {"by": actor, "reason": reason}
    match verdict:
        case Verdict.SENT:
            _assume_sent(tx, row, at, told)
        case Verdict.RESEND:
            _resend(tx, row, at, told)
        case Verdict.FAILED:
            move(
                tx,
                row,
                State.FAILED,
                at,
                told=told,
                error="verdict",
                error_text=f"settled as not sent: {reason}",
            )
    settled = find(tx, client_id, id_)
    trail.record(
        tx,
        actor=actor,
        action="message.resolve",
        object=f"message:{row.id}",
        reason=reason,
        before={"state": row.state},
        after={"state": settled.state, "verdict": verdict},
        at=at,
    )
    return view(settled)


def _settled_by(tx: Tx, row: Any) -> str:
    """Who was quicker, for somebody who settles what another person has just settled."""
    for entry in trail.page(tx, limit=5, object=f"message:{row.id}"):
        if entry.action == "message.resolve" and entry.after is not None:
            return (
                f": {entry.actor} settled it as {entry.after['verdict']} at {entry.at:%Y-%m-%d %H:%M:%S} UTC"
            )
    return ""
