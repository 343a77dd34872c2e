"""The check of the feed: whether its numbers have no gaps."""

from __future__ import annotations

from gatewayd.events import records
from gatewayd.store.checking import PAGE_ROWS, CheckPage
from gatewayd.store.transaction import Tx


def check(tx: Tx, cursor: str) -> CheckPage:
    """Look at a page of numbers. The cursor is the last one."""
    before = last = int(cursor or 0)
    findings = []
    numbers = records.NUMBERS_AFTER.all(tx, {"cursor": before, "limit": PAGE_ROWS})
    for (seq,) in numbers:
        if seq != last + 1:
            findings.append(_gap(last + 1, seq - 1))
        last = seq
    if not numbers and (counted := records.COUNTER.scalar(tx, {}) or 0) > last:
        findings.append(_gap(last + 1, counted))
    return CheckPage(tuple(findings), len(numbers), str(last) if numbers else None)


def _gap(first: int, last: int) -> str:
    return f"event {first} is missing" if first == last else f"events {first} to {last} are missing"
