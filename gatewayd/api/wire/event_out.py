"""The feed as it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from gatewayd.events.feed import Event
from gatewayd.events.reader import FeedPage


class EventOut(TypedDict):
    """One thing that happened."""

    seq: int
    at: datetime
    kind: str
    """A word that never changes, such as `message.sent`."""
    subject: str
    """What it happened to: the id of a message, the name of a modem."""
    data: dict[str, Any]


class EventPageOut(TypedDict):
    """Some events in a row, oldest first."""

    events: list[EventOut]
    next: int
    """Give it as `after` to go on."""


def event_page_out(page: FeedPage) -> EventPageOut:
    """Write down a page of the feed."""
    return {"events": [_event(event) for event in page.events], "next": page.next}


def _event(event: Event) -> EventOut:
    return {
        "seq": event.seq,
        "at": event.at,
        "kind": event.kind,
        "subject": event.subject,
        "data": event.data,
    }
