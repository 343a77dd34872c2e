"""The parameters of searches and pages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gatewayd.api.wire.inbox_out import KeywordName
from gatewayd.api.wire.types import Incoming, InstantOrDate, Reason

#: A person reads a hundred; a program may take a thousand at once.
DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000

StateName = Literal[
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "in_doubt",
    "failed",
    "expired",
    "cancelled",
]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Most entries of one page.")]
Flag = Annotated[
    bool,
    BeforeValidator(lambda value: {"true": True, "false": False, "1": True, "0": False}.get(value, value)),
]


class MessageQuery(Incoming):
    """A search of the history. Everything given must hold."""

    since: InstantOrDate | None = Field(
        None, description="Sent (or, if not sent, accepted) at or after this moment, or on or after this day."
    )
    until: InstantOrDate | None = Field(None, description="Before this moment, or on or before this day.")
    status: Literal["all", "sent", "not_sent"] = Field(
        "all", description="`sent` is sent, delivered and undelivered; `not_sent` is every other state."
    )
    state: list[StateName] = Field([], description="One or several states.")
    type: str | None = Field(None, min_length=1, max_length=40)
    recipient: str | None = Field(None, description="The recipient's number.")
    client: str | None = Field(
        None, description="Name of the client whose messages; yours, unless you are an administrator."
    )
    reference: str | None = Field(None, min_length=1, max_length=100)
    q: str | None = Field(
        None, min_length=1, max_length=100, description="Words that the text contains, in any case."
    )
    limit: Limit = DEFAULT_LIMIT
    cursor: str | None = Field(None, description="`next` of the page before.")


class SubmitQuery(Incoming):
    """How to take what is submitted."""

    dry_run: Flag = Field(False, description="Say what would become of it, and accept nothing.")
    atomic: Flag = Field(False, description="Of an array: all or none.")


class CancelQuery(Incoming):
    """How to cancel."""

    remaining: Flag = Field(
        False,
        description="Stop the parts that have not left, though others have or are just being submitted.",
    )


class EventQuery(Incoming):
    """From where to read the feed."""

    after: int = Field(0, ge=0, le=2**63 - 1, description="Cursor: `next` of the page before.")
    limit: Limit = DEFAULT_LIMIT


class TokenQuery(Incoming):
    """Whose tokens."""

    client: str | None = Field(None, description="Name of the client; left out: all.")


class ReceivedQuery(Incoming):
    """A search of the inbox. Everything given must hold."""

    since: InstantOrDate | None = Field(
        None, description="Received at or after this moment, or on or after this day."
    )
    until: InstantOrDate | None = Field(None, description="Before this moment, or on or before this day.")
    sender: str | None = Field(
        None, min_length=1, max_length=24, description="The sender's number, short code or name."
    )
    q: str | None = Field(
        None, min_length=1, max_length=100, description="Words that the text contains, in any case."
    )
    keyword: KeywordName | None = Field(None, description="Only messages that were such a word.")
    limit: Limit = DEFAULT_LIMIT
    cursor: str | None = Field(None, description="`next` of the page before.")


class OptOutQuery(Incoming):
    """Which opt-outs."""

    recipient: str | None = Field(None, description="That of this number alone.")
    limit: Limit = DEFAULT_LIMIT
    cursor: str | None = Field(None, max_length=20, description="`next` of the page before.")


class ReasonQuery(Incoming):
    """A deed that is to be accounted for."""

    reason: Reason


class NoQuery(Incoming):
    """No parameters."""
