"""TP-ST: what a status report says of a message (3GPP TS 23.040 §9.2.3.15)."""

from __future__ import annotations

import enum
from typing import Final


class Delivery(enum.StrEnum):
    """What a status comes down to."""

    DELIVERED = "delivered"
    """The handset has it, or the service centre can't know more. Final."""
    TEMPORARY = "temporary"
    """Not yet; the service centre still tries, and another report will come."""
    FAILED = "failed"
    """The service centre gave up. Final."""


_FIRST_TEMPORARY: Final = 0x20
_FIRST_FAILED: Final = 0x40

_CAUSES: Final = {
    0x0: "congestion",
    0x1: "SME busy",
    0x2: "no response from SME",
    0x3: "service rejected",
    0x4: "quality of service not available",
    0x5: "error in SME",
}

_TEXTS: Final = (
    {
        0x00: "received by the SME",
        0x01: "forwarded to the SME, delivery not confirmed",
        0x02: "replaced by the service centre",
        0x40: "remote procedure error",
        0x41: "incompatible destination",
        0x42: "connection rejected by SME",
        0x43: "not obtainable",
        0x44: "quality of service not available",
        0x45: "no interworking available",
        0x46: "validity period expired",
        0x47: "deleted by the originating SME",
        0x48: "deleted by the service centre",
        0x49: "message does not exist",
    }
    | {0x20 + cause: f"{text}, still trying" for cause, text in _CAUSES.items()}
    | {0x60 + cause: f"{text}, no longer trying" for cause, text in _CAUSES.items()}
)


def delivery(status: int) -> Delivery:
    """What TP-ST (0 to 255) comes down to.

    The reserved upper half counts as "service rejected", as §9.2.3.15 asks.
    """
    if status < _FIRST_TEMPORARY:
        return Delivery.DELIVERED
    return Delivery.TEMPORARY if status < _FIRST_FAILED else Delivery.FAILED


def status_text(status: int) -> str:
    """TP-ST in the standard's words, or what its range says of it."""
    return _TEXTS.get(status) or f"{delivery(status).value} (status 0x{status:02X})"
