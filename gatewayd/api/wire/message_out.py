"""Messages as they are shown. Typed dictionaries: checked by mypy, described by pydantic, free at run time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from gatewayd.message import Doubt, Order, State
from gatewayd.queue.view import AttemptView, ChangeView, MessageDetail, MessageView, PartView


class MessageOut(TypedDict):
    """A message."""

    id: str
    client: str
    to: str
    """Where the number is kept no more, what is left of it: `+34…12`."""
    text: str | None
    """null: it is kept no more."""
    erased: bool
    """Whether its text, and perhaps its number, is kept no more."""
    secret: bool
    """Whether its text is kept only until it is sent, or given up."""
    type: str
    state: State
    priority: str
    encoding: str
    parts: int
    parts_sent: int
    tries: int
    """How often a part of it was tried."""
    flash: bool
    report: bool
    in_doubt: Doubt
    order: Order
    reference: str | None
    modem: str | None
    pinned: str | None
    wait_reason: str | None
    not_before: datetime | None
    send_at: datetime | None
    expires_at: datetime | None
    error: str | None
    error_text: str | None
    possible_duplicate: bool
    overtaken: bool
    corrected: bool
    """Whether it was given up, and then proven to have been sent."""
    retry_of: str | None
    template: str | None
    """The version of the template that the text was made with."""
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    """When its last part reached the handset, as the delivery reports say."""


class MessagePageOut(TypedDict):
    """One page of the history, newest first."""

    messages: list[MessageOut]
    next: str | None
    """Give it as `cursor` for the next page; null at the end."""


class PartOut(TypedDict):
    """A part that the network took, or may have taken."""

    number: int
    state: str
    mr: int | None
    modem: str
    at: datetime
    report: str | None
    """What its last delivery report says: `delivered`, `temporary` (not yet) or `failed`."""
    report_status: int | None
    """TP-ST of that report (3GPP TS 23.040)."""
    report_text: str | None
    reported_at: datetime | None
    """When it was delivered, or last tried."""


class SaidOut(TypedDict):
    """One line of the dialogue with the modem. It never has a text, a number or a PDU in it."""

    seconds: float
    """Since the command was written."""
    voice: str
    """Who says it: `gatewayd`, the `modem`, or nobody: a `note`, such as a time-out."""
    line: str


class AttemptOut(TypedDict):
    """One try to submit one part."""

    part: int
    number: int
    modem: str
    outcome: str | None
    fault: str | None
    fault_text: str | None
    claimed_at: datetime
    armed_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    dialogue: list[SaidOut]
    """What was said to the modem and by it, where the part was not simply accepted; else empty."""


class ChangeOut(TypedDict):
    """One line of the timeline."""

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]


class MessageDetailOut(MessageOut):
    """A message with all that happened to it."""

    part_details: list[PartOut]
    attempts: list[AttemptOut]
    timeline: list[ChangeOut]


def message_out(view: MessageView) -> MessageOut:
    """Write down a message."""
    return {
        "id": view.id,
        "client": view.client,
        "to": view.to,
        "text": view.text,
        "erased": view.erased,
        "secret": view.secret,
        "type": view.type,
        "state": view.state,
        "priority": view.priority.label,
        "encoding": view.encoding,
        "parts": view.parts,
        "parts_sent": view.parts_sent,
        "tries": view.attempts,
        "flash": view.flash,
        "report": view.report,
        "in_doubt": view.in_doubt,
        "order": view.order,
        "reference": view.reference,
        "modem": view.modem,
        "pinned": view.pinned,
        "wait_reason": view.wait_reason,
        "not_before": view.not_before,
        "send_at": view.send_at,
        "expires_at": view.expires_at,
        "error": view.error,
        "error_text": view.error_text,
        "possible_duplicate": view.possible_duplicate,
        "overtaken": view.overtaken,
        "corrected": view.corrected,
        "retry_of": view.retry_of,
        "template": view.template,
        "created_at": view.created_at,
        "updated_at": view.updated_at,
        "sent_at": view.sent_at,
        "delivered_at": view.delivered_at,
    }


def detail_out(detail: MessageDetail) -> MessageDetailOut:
    """Write down a message with its history."""
    return {
        **message_out(detail.message),
        "part_details": [_part(part) for part in detail.parts],
        "attempts": [_attempt(attempt) for attempt in detail.attempts],
        "timeline": [_change(change) for change in detail.timeline],
    }


def _part(part: PartView) -> PartOut:
    return {
        "number": part.number,
        "state": part.state,
        "mr": part.mr,
        "modem": part.modem,
        "at": part.at,
        "report": part.report,
        "report_status": part.report_status,
        "report_text": part.report_text,
        "reported_at": part.reported_at,
    }


def _attempt(attempt: AttemptView) -> AttemptOut:
    return {
        "part": attempt.part,
        "number": attempt.number,
        "modem": attempt.modem,
        "outcome": attempt.outcome,
        "fault": attempt.fault,
        "fault_text": attempt.fault_text,
        "claimed_at": attempt.claimed_at,
        "armed_at": attempt.armed_at,
        "finished_at": attempt.finished_at,
        "seconds": attempt.seconds,
        "dialogue": [
            {"seconds": said.seconds, "voice": said.voice, "line": said.line} for said in attempt.dialogue
        ],
    }


def _change(change: ChangeView) -> ChangeOut:
    return {"seq": change.seq, "at": change.at, "kind": change.kind, "data": change.data}
