"""What callers are told: of one notification, and of the groups that are known."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from gatewayd.errors import FieldError


class Result(enum.StrEnum):
    """What became of a notification for one list."""

    TOLD = "told"
    """Messages are queued."""
    HELD = "held"
    """Messages are queued, and wait for the end of the quiet hours."""
    UNCHANGED = "unchanged"
    """The list knows it already."""
    DROPPED = "dropped"
    """What was held is cancelled, and there is nothing left to tell."""
    UNWANTED = "unwanted"
    """Alerts are resolved, and the list is not told of that."""
    UNDELIVERABLE = "undeliverable"
    """No recipient of the list may be sent to."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A recipient who is left out, and why."""

    recipient: str
    """Masked: ``+34…12``."""
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a notification for one list."""

    list: str
    result: Result
    firing: int
    """How many of the alerts that the list is told of are firing."""
    messages: tuple[str, ...] = ()
    """Names of the new messages."""
    cancelled: tuple[str, ...] = ()
    """Names of the messages that were held and are cancelled."""
    held_until: datetime | None = None
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupView:
    """What an on-call list knows of one of Alertmanager's groups."""

    client: str
    list: str
    group: str
    """The beginning of the group's key."""
    firing: int
    result: str
    """What became of the last notification that changed something, as ``Result``."""
    messages: tuple[str, ...]
    held_until: datetime | None
    notices: int
    told_at: datetime | None
    seen_at: datetime
