"""Quotas in a transaction: is there room, and take it."""

from __future__ import annotations

from datetime import datetime

from gatewayd.queue.quotas import Limit, QuotaScope, free_at, oldest_counted, slot
from gatewayd.queue.records import outcomes
from gatewayd.store.transaction import Tx

Subjects = dict[QuotaScope, str]
"""Whose counts a part falls under: the SIM's ICCID, the recipient's number, the client's number."""


def blocked_until(
    tx: Tx, limits: tuple[Limit, ...], scope: QuotaScope, subject: str, at: datetime, more: int
) -> datetime | None:
    """When every limit of ``scope`` has room for ``more`` parts of ``subject``; None: now."""
    found = [
        until
        for limit in limits
        if limit.scope is scope
        and (until := free_at(limit, _counted(tx, limit, subject, at), more)) is not None
    ]
    return max(found, default=None)


def _counted(tx: Tx, limit: Limit, subject: str, at: datetime) -> list[tuple[int, int]]:
    return outcomes.counted_slots.all(
        tx,
        {
            "scope": limit.scope,
            "subject": subject,
            "window": limit.window,
            "oldest": oldest_counted(at, limit.window),
        },
    )


def charge(tx: Tx, limits: tuple[Limit, ...], subjects: Subjects, at: datetime) -> None:
    """Count one part under every limit."""
    for limit in limits:
        number = slot(at, limit.window)
        outcomes.charge_quota.change(
            tx,
            {
                "scope": limit.scope,
                "subject": subjects[limit.scope],
                "window": limit.window,
                "slot": number,
                "parts": 1,
            },
        )


def forget(tx: Tx, limits: tuple[Limit, ...], at: datetime) -> None:
    """Drop the slots that no window reaches any more."""
    for window in {limit.window for limit in limits}:
        outcomes.forget_slots.change(tx, {"b_window": window, "b_oldest": oldest_counted(at, window)})
