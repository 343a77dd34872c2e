"""What the API answers at once: receipts, rejections, previews. Typed dictionaries, free at run time."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from gatewayd.errors import FieldError
from gatewayd.message import State
from gatewayd.queue.draft import Preview, Receipt, Rejected


class FieldErrorOut(TypedDict):
    """One wrong field: where, a word that never changes, and what would be right."""

    field: str
    code: str
    message: str


class ReceiptOut(TypedDict):
    """An accepted message: it is on disk."""

    id: str
    to: str
    state: State
    parts: int
    encoding: str
    priority: str
    created_at: datetime
    send_at: datetime | None
    expires_at: datetime | None
    reference: str | None
    text: NotRequired[str]
    """What will be sent, where transliteration changed the text."""
    possible_duplicate: NotRequired[bool]
    """True where a message is sent again that its recipient may have got, at least in part."""


class ReceiptsOut(TypedDict):
    """The answer to one object with several recipients, in their order."""

    messages: list[ReceiptOut]


class RejectedOut(TypedDict):
    """One wrong object of an array."""

    errors: list[FieldErrorOut]


class SubmissionOut(TypedDict):
    """The answer to an array, in its order."""

    accepted: int
    rejected: int
    messages: list[ReceiptOut | RejectedOut]


class ChangeOfTextOut(TypedDict):
    """One replacement made by transliteration."""

    position: int
    original: str
    replacement: str


class PreviewOut(TypedDict):
    """What would become of a message; nothing was accepted."""

    to: str
    encoding: str
    parts: int
    units: int
    text: str
    offending: list[str]
    """The characters that force UCS-2."""
    leaves_at: datetime | None
    """When its last part would leave, as things stand; null while no modem may send it."""
    changes: list[ChangeOfTextOut]


class PreviewsOut(TypedDict):
    """Previews in the order of what was asked."""

    messages: list[PreviewOut | RejectedOut]


def field_errors_out(errors: tuple[FieldError, ...] | list[FieldError]) -> list[FieldErrorOut]:
    """Write down what is wrong."""
    return [{"field": error.field, "code": error.code, "message": error.message} for error in errors]


def receipt_out(receipt: Receipt) -> ReceiptOut:
    """Write down an accepted message."""
    out: ReceiptOut = {
        "id": receipt.id,
        "to": receipt.to,
        "state": receipt.state,
        "parts": receipt.parts,
        "encoding": receipt.encoding,
        "priority": receipt.priority.label,
        "created_at": receipt.created_at,
        "send_at": receipt.send_at,
        "expires_at": receipt.expires_at,
        "reference": receipt.reference,
    }
    if receipt.text is not None:
        out["text"] = receipt.text
    if receipt.possible_duplicate:
        out["possible_duplicate"] = True
    return out


def result_out(result: Receipt | Rejected) -> ReceiptOut | RejectedOut:
    """Write down what became of one object of an array."""
    if isinstance(result, Rejected):
        return {"errors": field_errors_out(result.errors)}
    return receipt_out(result)


def preview_out(preview: Preview) -> PreviewOut:
    """Write down a preview."""
    return {
        "to": preview.to,
        "encoding": preview.encoding,
        "parts": preview.parts,
        "units": preview.units,
        "text": preview.text,
        "offending": list(preview.offending),
        "leaves_at": preview.leaves_at,
        "changes": [
            {"position": position, "original": original, "replacement": replacement}
            for position, original, replacement in preview.changes
        ],
    }
