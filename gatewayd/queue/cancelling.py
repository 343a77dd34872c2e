"""Taking a message back, as far as that is still true of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatewayd.audit import trail
from gatewayd.errors import Conflict
from gatewayd.message import State
from gatewayd.queue.lifecycle import move, touch
from gatewayd.queue.lookup import find, view
from gatewayd.queue.records import outcomes, turns
from gatewayd.queue.view import MessageView
from gatewayd.store.transaction import Tx


def cancel(
    tx: Tx, client_id: int | None, id_: str, *, remaining: bool, actor: str, at: datetime
) -> MessageView:
    """Cancel a message, or with ``remaining`` the parts of it that haven't left.

    Raises NotFound, and Conflict: ``already_submitting`` where parts have left or are leaving, ``in_doubt``, or
    ``already_final``.
    """
    row = find(tx, client_id, id_)
    if row.state == State.CANCELLED:
        return view(row)
    if row.state == State.IN_DOUBT:
        raise Conflict("in_doubt", "nobody knows yet whether it was sent; settle that first")
    if row.state not in (State.QUEUED, State.SENDING):
        raise Conflict("already_final", f"it is {row.state} and can't be taken back")
    begun = bool(turns.parts_of.all(tx, {"message_seq": row.seq}))
    attempt = outcomes.unsettled_of.first(tx, {"message_seq": row.seq})
    armed = attempt is not None and attempt.armed_at is not None
    if (begun or armed) and not remaining:
        raise Conflict(
            "already_submitting",
            f"{row.parts_sent} of {row.parts} parts have left; with remaining=true the others are stopped",
        )
    if armed and row.parts == 1:
        raise Conflict("already_submitting", "its only part is at the modem and can't be stopped")
    if attempt is None:
        move(tx, row, State.CANCELLED, at)
    else:
        # What is at the modem now is stopped at arming, or else is the last part that leaves.
        touch(tx, row, at, cancel_requested=True)
    trail.record(tx, actor=actor, action="message.cancel", object=f"message:{row.id}", at=at)
    return view(find(tx, client_id, id_))


def again(tx: Tx, client_id: int | None, id_: str) -> Any:
    """The row of a message that a person wants sent again, as a new one. Raises NotFound and Conflict."""
    row = find(tx, client_id, id_)
    if row.state == State.IN_DOUBT:
        raise Conflict("in_doubt", "nobody knows yet whether it was sent; settle that first")
    if row.state in (State.QUEUED, State.SENDING):
        raise Conflict("still_queued", "it is still going to be sent")
    if row.erased is not None:
        raise Conflict("erased", "its text is kept no more; send it as a new message")
    return row


def may_have_left(tx: Tx, row: Any) -> bool:
    """Whether the recipient may have something of the message ``row``: parts that are sent or in doubt, or a copy."""
    return row.possible_duplicate or bool(turns.parts_of.all(tx, {"message_seq": row.seq}))
