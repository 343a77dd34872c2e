"""Quotas: how many parts may leave in any window of a length, per SIM, recipient and client. Pure.

A window is counted in sixtieths. The sixtieth that the window's far edge cuts is counted whole, so the count is
never too low: no window of that length, wherever it begins, exceeds its limit. The price is that a place becomes
free up to one sixtieth of the window late.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gatewayd.queue.settings import QuotaSettings, QuotasSettings

SLOTS = 60
#: Seconds. A month is 30 days, so that every window has one length.
WINDOWS = {"minute": 60, "hour": 3600, "day": 86_400, "month": 30 * 86_400}


class QuotaScope(enum.StrEnum):
    """Whose parts are counted together."""

    SIM = "sim"
    RECIPIENT = "recipient"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``parts`` in any ``window`` seconds for each subject of ``scope``."""

    scope: QuotaScope
    window: int
    parts: int


def limits(settings: QuotasSettings) -> tuple[Limit, ...]:
    """The configured limits, shortest window first: it is the one that most often decides."""
    sections: list[tuple[QuotaScope, QuotaSettings]] = [
        (QuotaScope.SIM, settings.sim),
        (QuotaScope.RECIPIENT, settings.recipient),
        (QuotaScope.CLIENT, settings.client),
    ]
    found = [
        Limit(scope, seconds, parts)
        for scope, section in sections
        for name, seconds in WINDOWS.items()
        if (parts := getattr(section, name)) is not None
    ]
    return tuple(sorted(found, key=lambda limit: limit.window))


def slot(at: datetime, window: int) -> int:
    """The sixtieth of a ``window`` (seconds) that ``at`` (aware) lies in, counted from 1970."""
    return int(at.timestamp() * SLOTS // window)


def oldest_counted(at: datetime, window: int) -> int:
    """The first slot that counts at ``at``: the one that the window's far edge cuts."""
    return slot(at, window) - SLOTS


def free_at(limit: Limit, counts: Iterable[tuple[int, int]], more: int = 1) -> datetime | None:
    """When ``more`` parts fit (as many as the limit allows at all, where ``more`` is above it); None: now.

    ``counts`` are (slot, parts) of every counted slot, oldest first. Slots of the future, left by a clock that was
    set back, count as well: that errs on the safe side.
    """
    counts = list(counts)
    over = sum(parts for _, parts in counts) + min(more, limit.parts) - limit.parts
    last = None
    for number, parts in counts:
        if over <= 0:
            break
        over -= parts
        last = number
    if last is None:
        return None
    # A slot no longer counts once the window's far edge has left it.
    return datetime.fromtimestamp((last + SLOTS + 1) * limit.window / SLOTS, UTC)
