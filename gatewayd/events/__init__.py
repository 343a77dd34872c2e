"""The feed: everything that happened, in one gap-free sequence, and how far each consumer has read it."""

from __future__ import annotations

from gatewayd.events.consumers import CursorMovedBack, advance, register
from gatewayd.events.feed import (
    AppendFrom,
    Draft,
    Event,
    append,
    append_many,
    last,
    read_after,
    timeline,
    watching,
)

__all__ = [
    "AppendFrom",
    "CursorMovedBack",
    "Draft",
    "Event",
    "advance",
    "append",
    "append_many",
    "last",
    "read_after",
    "register",
    "timeline",
    "watching",
]
