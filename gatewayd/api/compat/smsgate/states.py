"""What became of a message to several numbers: several messages of ours under one reference. Pure.

SMSGate has one message with a state for each recipient; here each recipient has a message of their own. They share
the SMSGate message's id as their reference, so no table has to say which belong together. A message without a
reference, sent through another API, is one to one recipient, and its id is its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NotRequired

from typing_extensions import TypedDict

from gatewayd.message import State
from gatewayd.queue.view import MessageView

Word = Literal["Pending", "Cancelling", "Cancelled", "Processed", "Sent", "Delivered", "Failed"]

_WORDS: Final[Mapping[State, Word]] = {
    State.STAGED: "Pending",
    State.QUEUED: "Pending",
    State.SENDING: "Processed",
    # Nobody knows yet whether it was sent; this word at least is not final.
    State.IN_DOUBT: "Processed",
    State.SENT: "Sent",
    State.DELIVERED: "Delivered",
    State.UNDELIVERED: "Failed",
    State.FAILED: "Failed",
    State.EXPIRED: "Failed",
    State.CANCELLED: "Cancelled",
}
#: A message is as far as the last of its recipients, and no further than these words in this order.
_UNDER_WAY: Final[tuple[Word, ...]] = ("Pending", "Processed")


class RecipientStateOut(TypedDict):
    """What became of it for one recipient."""

    phoneNumber: str
    """E.164."""
    state: Word
    error: NotRequired[str]
    """Why it failed."""


class SmsGateMessageOut(TypedDict):
    """A message."""

    id: str
    deviceId: str
    """The modem that it went, or shall go, through; empty while that is open."""
    state: Word
    isHashed: bool
    isEncrypted: bool
    recipients: list[RecipientStateOut]
    states: dict[str, datetime]
    """When it reached which state."""
    createdAt: datetime


def name_of(view: MessageView) -> str:
    """Return the SMSGate message's id that a message of ours belongs to."""
    return view.reference or view.id


def message_out(views: Sequence[MessageView]) -> SmsGateMessageOut:
    """Return the SMSGate message of ``views``, which are all of one reference, the newest first."""
    # Sent again by a person, a message has a successor to the same number: that one tells what became of it.
    latest = {view.to: view for view in reversed(views)}
    shown = list(latest.values())
    words = [_WORDS[view.state] for view in shown]
    state = _state(words)
    created = min(view.created_at for view in views)
    states: dict[str, datetime] = {"Pending": created}
    if sent := [view.sent_at for view in shown if view.sent_at is not None]:
        states["Sent"] = max(sent)
    states.setdefault(state, max(view.updated_at for view in shown))
    return {
        "id": name_of(views[0]),
        "deviceId": views[0].modem or views[0].pinned or "",
        "state": state,
        "isHashed": False,
        "isEncrypted": False,
        "recipients": [_recipient(view) for view in shown],
        "states": states,
        "createdAt": created,
    }


def _recipient(view: MessageView) -> RecipientStateOut:
    out: RecipientStateOut = {"phoneNumber": view.to, "state": _WORDS[view.state]}
    if out["state"] == "Failed":
        out["error"] = view.error_text or view.error or view.state.value
    return out


def _state(words: Sequence[Word]) -> Word:
    for word in _UNDER_WAY:
        if word in words:
            return word
    if len(alike := set(words)) == 1:
        return alike.pop()
    # Some were delivered, some failed or were cancelled: what all that got anywhere have in common.
    return "Sent" if alike & {"Sent", "Delivered"} else "Failed"
