"""Who wants no messages: recorded at their own word or by a person, ended in the same ways.

It holds for every client, type and priority: who sends can set those, so none may override what a recipient said.
What is queued for the recipient and has not begun is cancelled; a message of which a part has left is finished, since
half a message helps nobody.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from gatewayd.audit import trail
from gatewayd.errors import NotFound
from gatewayd.message import State
from gatewayd.phone import masked
from gatewayd.queue.lifecycle import move
from gatewayd.queue.records import history, turns
from gatewayd.queue.records import optouts as records
from gatewayd.store.transaction import Tx

#: What a COMMIT is announced as after which other recipients want no messages.
OPT_OUT_TOPIC = "queue.opt_out"
#: Characters of a reason that are kept here; the audit has all of it.
_REASON = 80

#: The client in whose name gatewayd itself sends, such as the answer to a STOP.
OWN_CLIENT: Final = "gatewayd"

#: What a message is cancelled with, and what a refused one is told.
CODE = "opted_out"


@dataclass(frozen=True, slots=True)
class OptOut:
    """A recipient who wants no messages."""

    recipient: str
    """E.164; of an erased number, its pseudonym."""
    since: datetime
    reason: str
    """The keyword that they sent, or what a person wrote."""
    by: str
    """Who recorded it, as the audit calls them."""


def refusal(since: datetime) -> str:
    """Why nothing is accepted for a recipient, and how that ends."""
    return (
        f"asked on {since:%Y-%m-%d at %H:%M} UTC for no more messages; this ends when they send START, or when an "
        "administrator removes it (gatewayd optout remove)"
    )


def find(tx: Tx, recipient: str, pseudonym: str | None = None) -> OptOut | None:
    """The opt-out of ``recipient`` (E.164), or of its ``pseudonym`` where it was erased, if there is one."""
    row = records.find.first(tx, {"recipient": recipient})
    if row is None and pseudonym is not None:
        row = records.find.first(tx, {"recipient": pseudonym})
    return None if row is None else _view(row)


def page(tx: Tx, after: str, limit: int) -> list[OptOut]:
    """Up to ``limit`` opt-outs in the order of their numbers, behind the number ``after``."""
    return [_view(row) for row in records.page.all(tx, {"after": after, "limit": limit})]


def _called(recipient: str, pseudonym: str | None) -> str:
    """What the audit, which never forgets, calls a recipient."""
    return f"recipient:{pseudonym or masked(recipient)}"


def _view(row: Any) -> OptOut:
    return OptOut(row.recipient, row.since, row.reason, row.by)


def add(
    tx: Tx,
    recipient: str,
    *,
    reason: str,
    by: str,
    at: datetime,
    cancel: bool,
    pseudonym: str | None = None,
) -> tuple[OptOut, bool]:
    """Record that ``recipient`` (E.164) wants no messages; return that, and whether it is new.

    One that is known already stays as it is. ``cancel``: take back what is queued for them. ``pseudonym``: what the
    audit calls them.
    """
    if (known := find(tx, recipient, pseudonym)) is not None:
        return known, False
    fresh = OptOut(recipient, at, reason[:_REASON], by[:_REASON])
    records.add.change(tx, asdict(fresh))
    cancelled = cancel_waiting(tx, recipient, at) if cancel else 0
    trail.record(
        tx,
        actor=by,
        action="opt_out.add",
        object=_called(recipient, pseudonym),
        reason=reason,
        after={"cancelled": cancelled},
        at=at,
    )
    tx.announce(OPT_OUT_TOPIC)
    return fresh, True


def remove(
    tx: Tx, recipient: str, *, reason: str, by: str, at: datetime, pseudonym: str | None = None
) -> OptOut:
    """Let ``recipient`` have messages again; return what it was. Raises NotFound."""
    known = find(tx, recipient, pseudonym)
    if known is None:
        raise NotFound("this recipient has not opted out")
    records.remove.change(tx, {"recipient": known.recipient})
    before = {"since": known.since.isoformat(), "reason": known.reason, "by": known.by}
    trail.record(
        tx,
        actor=by,
        action="opt_out.remove",
        object=_called(recipient, pseudonym),
        reason=reason,
        before=before,
        at=at,
    )
    tx.announce(OPT_OUT_TOPIC)
    return known


def cancel_waiting(tx: Tx, recipient: str, at: datetime) -> int:
    """Cancel what is queued for ``recipient`` and has not begun; return how many messages."""
    rows = records.waiting.all(tx, {"recipient": recipient})
    for row in rows:
        cancel(tx, row, at)
    return len(rows)


def cancel(tx: Tx, row: Any, at: datetime) -> None:
    """Cancel the queued message ``row`` for this reason."""
    move(tx, row, State.CANCELLED, at, error=CODE, error_text="the recipient wants no more messages")


def is_unwanted(tx: Tx, row: Any) -> bool:
    """Whether the recipient of the message ``row`` has opted out since it was accepted, and nothing of it has left.

    It was not among the queued ones then: it was at a modem, in doubt, or held. What may have left by an earlier try,
    and is to be sent again from the beginning, counts as not begun.
    """
    if find(tx, row.recipient) is None:
        return False
    own = history.client_name.scalar(tx, {"id": row.client_id}) == OWN_CLIENT
    return not own and not turns.parts_of.all(tx, {"message_seq": row.seq})


def cancel_late(tx: Tx, recipients: set[str], at: datetime) -> None:
    """Cancel what was accepted for ``recipients`` on the word of a list that had just become old."""
    for recipient in recipients:
        if find(tx, recipient) is not None:
            cancel_waiting(tx, recipient, at)


def recipients_in(tx: Tx, batch: int) -> set[str]:
    """Those recipients of a staged array who want no messages."""
    return {row.recipient for row in records.in_batch.all(tx, {"batch": batch})}
