"""Received messages as they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from typing_extensions import TypedDict

from gatewayd.queue.inbox import ReceivedMessage

KeywordName = Literal["stop", "start"]


class ReceivedOut(TypedDict):
    """A message that somebody sent to a SIM of ours."""

    id: str
    modem: str
    sim: str | None
    sender: str
    """E.164 where it is a telephone number, else a short code or a name; not authenticated."""
    text: str | None
    """null: it is kept no more.

    In hexadecimal for the encodings `8bit`, `compressed` and `raw`; `[…]` stands for missing parts."""
    erased: bool
    """Whether text and sender are kept no more; of the sender there is something like `+34…12` then."""
    encoding: str
    parts: int
    """How many came."""
    missing: int
    """How many did not come within 24 hours."""
    keyword: KeywordName | None
    sent_at: datetime | None
    """By the network's clock."""
    received_at: datetime


class InboxPageOut(TypedDict):
    """One page of the inbox, newest first."""

    messages: list[ReceivedOut]
    next: str | None
    """Give it as `cursor` for the next page; null at the end."""


def received_out(message: ReceivedMessage) -> ReceivedOut:
    """Write down a received message."""
    return {
        "id": message.id,
        "modem": message.modem,
        "sim": message.sim,
        "sender": message.sender,
        "text": message.text,
        "erased": message.erased,
        "encoding": message.encoding,
        "parts": message.parts,
        "missing": message.missing,
        "keyword": cast("KeywordName | None", message.keyword),
        "sent_at": message.sent_at,
        "received_at": message.received_at,
    }
