"""The audit's chain: each row names the row before by its hash, so that none can be changed or taken out unseen.

``hash`` is SHA-256 (hex) of the previous row's ``hash`` and of the row as canonical JSON: an array, in UTF-8 and
without spaces, of ``seq``, ``at`` in microseconds, ``actor``, ``action``, ``object``, ``reason``, ``before`` and
``after``. The first row follows 64 zeros. There is one writer, and a row is made inside its transaction, so two rows
never follow the same one.

Who can write the file can also compute a new chain: what proves that a chain is the old one is a head that was noted
somewhere else (``gatewayd verify`` prints it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from gatewayd.audit import records
from gatewayd.store.schema import to_microseconds
from gatewayd.store.transaction import Tx

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Head:
    """A row of the chain, by which everything up to it is proven."""

    seq: int
    hash: str


#: Before the first row.
START = Head(0, "0" * 64)


def head(tx: Tx) -> Head:
    """The newest row; START where there is none."""
    row = records.HEAD.first(tx, {})
    return START if row is None else Head(row.seq, row.hash)


def linked(tx: Tx, row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a new ``row`` with its number and its place in the chain."""
    before = head(tx)
    seq = before.seq + 1
    return {**row, "seq": seq, "prev_hash": before.hash, "hash": _hash(before.hash, seq, row)}


def _hash(before: str, seq: int, row: Mapping[str, Any]) -> str:
    facts = [seq, to_microseconds(row["at"])]
    facts += [row[name] for name in ("actor", "action", "object", "reason", "before", "after")]
    return sha256(before.encode() + _encode(facts).encode()).hexdigest()


def follow(tx: Tx, after: Head, limit: int) -> tuple[Head, str | None]:
    """Check up to ``limit`` rows that follow ``after``; return how far the chain holds, and what breaks it there.

    The end is reached when the head returned is ``after`` itself and nothing is broken.
    """
    found = after
    for row in records.AFTER.all(tx, {"after": after.seq, "limit": limit}):
        if (problem := _problem(found, row)) is not None:
            return found, problem
        found = Head(row.seq, row.hash)
    counted = records.COUNTER.scalar(tx, {}) or 0
    if found == after and counted != found.seq:
        return found, f"audit row {found.seq + 1} and all after it are missing, up to row {counted}"
    return found, None


def _problem(before: Head, row: Any) -> str | None:
    if row.seq != before.seq + 1:
        return f"audit row {before.seq + 1} is missing"
    if row.prev_hash != before.hash:
        return f"audit row {row.seq} does not follow row {before.seq}: one of them was changed"
    if row.hash != _hash(before.hash, row.seq, row._asdict()):
        return f"audit row {row.seq} was changed"
    return None
