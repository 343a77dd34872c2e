"""Types of messages: what comes in and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from gatewayd.api.wire.types import Incoming
from gatewayd.message import Priority
from gatewayd.queue.types import LANGUAGES, MessageType, TypeDraft

PriorityName = Literal["emergency", "high", "normal", "bulk"]
_PRIORITIES = {priority.label: priority for priority in Priority}


class TypeIn(Incoming):
    """What a type is to be."""

    labels: dict[str, str] = Field(
        description=f"What people call it, by language: one or more of {', '.join(LANGUAGES)}."
    )
    priority: PriorityName | None = Field(None, description="Of messages that name none; left out: `normal`.")
    validity: int | None = Field(
        None,
        description="Seconds after which messages without `expires_at` expire; left out: as configured for all.",
    )
    keep_days: int | None = Field(
        None, description="Days for which text and numbers are kept; left out: as configured for all."
    )
    secret: StrictBool = Field(
        False, description="Whether the text is wiped as soon as the message's state is final."
    )
    active: StrictBool = Field(True, description="Whether messages may have this type.")

    def draft(self) -> TypeDraft:
        """Return it as the domain takes it."""
        priority = None if self.priority is None else _PRIORITIES[self.priority]
        return TypeDraft(self.labels, priority, self.validity, self.keep_days, self.secret, self.active)


class TypeOut(TypedDict):
    """A type of messages."""

    code: str
    labels: dict[str, str]
    priority: PriorityName | None
    validity: int | None
    keep_days: int | None
    secret: bool
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class TypesOut(TypedDict):
    """All types by code."""

    types: list[TypeOut]


def type_out(type_: MessageType) -> TypeOut:
    """Write down a type."""
    priority: PriorityName | None = None if type_.priority is None else type_.priority.label  # type: ignore[assignment] # these very words
    return {
        "code": type_.code,
        "labels": dict(type_.labels),
        "priority": priority,
        "validity": type_.validity,
        "keep_days": type_.keep_days,
        "secret": type_.secret,
        "active": type_.active,
        "version": type_.version,
        "created_at": type_.created_at,
        "updated_at": type_.updated_at,
    }
