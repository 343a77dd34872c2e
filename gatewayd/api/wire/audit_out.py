"""The audit as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from gatewayd.api.wire.query import DEFAULT_LIMIT, Limit
from gatewayd.api.wire.types import Incoming
from gatewayd.audit import Entry


class AuditQuery(Incoming):
    """Which entries. Everything given must hold."""

    actor: str | None = Field(None, min_length=1, max_length=200, description="Who, as in `client:shop`.")
    object: str | None = Field(
        None, min_length=1, max_length=200, description="To what, as in `modem:phone1`."
    )
    before: int | None = Field(None, ge=1, le=2**63 - 1, description="Cursor: `next` of the page before.")
    limit: Limit = DEFAULT_LIMIT


class AuditEntryOut(TypedDict):
    """One deed."""

    seq: int
    at: datetime
    actor: str
    action: str
    """A word that never changes, such as `modem.paused`."""
    object: str
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditPageOut(TypedDict):
    """Some deeds, newest first."""

    entries: list[AuditEntryOut]
    next: int | None
    """Give it as `before` for the next page; null at the end."""


def audit_page_out(entries: Sequence[Entry], limit: int) -> AuditPageOut:
    """Write down a page of at most ``limit`` entries."""
    full = len(entries) == limit
    return {"entries": [_entry(entry) for entry in entries], "next": entries[-1].seq if full else None}


def _entry(entry: Entry) -> AuditEntryOut:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "reason": entry.reason,
        "before": entry.before,
        "after": entry.after,
    }
