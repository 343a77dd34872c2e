"""Erasing a number: what is asked for, and what came of it."""

from __future__ import annotations

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from gatewayd.api.wire.types import Incoming, Reason
from gatewayd.queue.erasure import Erasure


class ErasureIn(Incoming):
    """A number that is to be erased."""

    number: str = Field(description="The number, best with `+` and country code.")
    reason: Reason
    force: StrictBool = Field(
        False,
        description="Give up messages in doubt to it, as if they had not been sent; otherwise they are a conflict.",
    )


class ErasureOut(TypedDict):
    """What was erased."""

    pseudonym: str
    """What the audit calls the number."""
    cancelled: int
    """Messages that waited for it."""
    given_up: int
    """Messages in doubt that were given up."""
    messages: int
    """Messages that lost text, number and reference; those above are among them."""
    received: int
    """Received messages that lost text and sender."""
    answers: int
    """Kept answers to requests that named it."""
    rows: int
    """Rows of batches."""
    opted_out: bool
    """Whether it had opted out, which stays in force."""


def erasure_out(done: Erasure) -> ErasureOut:
    """Write down what was erased."""
    return {
        "pseudonym": done.pseudonym,
        "cancelled": done.cancelled,
        "given_up": done.given_up,
        "messages": done.messages,
        "received": done.received,
        "answers": done.answers,
        "rows": done.rows,
        "opted_out": done.opted_out,
    }
