"""Opt-outs: what comes in and what goes out."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from gatewayd.api.wire.types import Incoming, Reason
from gatewayd.queue.optout import OptOut


class OptOutIn(Incoming):
    """Somebody who wants no messages."""

    recipient: str = Field(description="The number, best with `+` and country code.")
    reason: Reason


class OptOutOut(TypedDict):
    """A recipient who wants no messages."""

    recipient: str
    """E.164; of a number that was erased, its pseudonym, which begins with `#`."""
    since: datetime
    reason: str
    """The keyword that they sent, or what a person wrote."""
    by: str
    """Who recorded it."""


class OptOutPageOut(TypedDict):
    """Some opt-outs in the order of their numbers."""

    opt_outs: list[OptOutOut]
    next: str | None
    """Give it as `cursor` for the next page; null at the end."""


def opt_out_out(view: OptOut) -> OptOutOut:
    """Write down an opt-out."""
    return {"recipient": view.recipient, "since": view.since, "reason": view.reason, "by": view.by}
