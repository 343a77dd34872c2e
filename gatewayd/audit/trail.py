"""Record what people and programs did, and look it up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gatewayd.audit import chain, records
from gatewayd.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed."""

    seq: int
    at: datetime
    actor: str
    """Who: ``client:shop``, ``user:ana``, ``cli:uid 0``."""
    action: str
    """A constant name such as ``modem.pause``."""
    object: str
    """To what: ``modem:phone1``."""
    reason: str | None
    """What the person gave as the reason."""
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def record(
    tx: Tx,
    *,
    actor: str,
    action: str,
    object: str,  # noqa: A002 - the field's name everywhere
    reason: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    at: datetime,
) -> int:
    """Write one entry, in the transaction that does the deed, and return its ``seq``. It can't be changed any more."""
    row = {
        "at": at,
        "actor": actor,
        "action": action,
        "object": object,
        "reason": reason,
        "before": _encode(before),
        "after": _encode(after),
    }
    return records.INSERT.insert(tx, chain.linked(tx, row))


def page(
    tx: Tx,
    *,
    limit: int,
    before: int | None = None,
    actor: str | None = None,
    object: str | None = None,  # noqa: A002 - the field's name everywhere
) -> list[Entry]:
    """Up to ``limit`` entries, newest first, older than the entry ``before``; of one actor, of one object, or all."""
    rows = tx.execute(records.page(before=before, actor=actor, object=object, limit=limit))
    return [
        Entry(
            row.seq,
            row.at,
            row.actor,
            row.action,
            row.object,
            row.reason,
            _decode(row.before),
            _decode(row.after),
        )
        for row in rows
    ]


def _encode(value: Mapping[str, Any] | None) -> str | None:
    return (
        None
        if value is None
        else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )


def _decode(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)
