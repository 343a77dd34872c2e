"""The release of what a restored copy holds back."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from gatewayd.api.wire.types import Incoming, Reason


class ReleaseIn(Incoming):
    """Which messages are to be sent after all, and why that is right."""

    reason: Reason
    messages: list[str] | None = Field(
        None, min_length=1, max_length=10_000, description="Names of messages; left out: all that are held."
    )


class ReleasedOut(TypedDict):
    """What was done."""

    released: int
