"""How much of its limits a client has used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gatewayd.access.limits import ClientLimits
from gatewayd.queue import limits
from gatewayd.queue.accounts import month_of
from gatewayd.queue.quotas import WINDOWS, Limit
from gatewayd.queue.records import accounts as records
from gatewayd.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Used:
    """How much of one limit is used."""

    used: int
    limit: int | None
    """None: there is none."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of its limits a client has used."""

    client: str
    at: datetime
    parts: dict[str, Used]
    """Parts that left, by the name of the sliding window: ``minute``, ``hour``, ``day``, ``month`` (30 days)."""
    waiting_messages: int
    waiting: Used
    """Parts of the messages that wait."""
    month: int
    """The calendar month (UTC) of what follows: 202611 is November 2026."""
    accepted: int
    """Parts accepted in the month, less those given back."""
    money: Used
    """Micros that these cost."""
    currency: str
    requests_per_minute: int | None
    """Its limit."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one of all clients stands, for metrics."""

    client: str
    waiting: int
    """Parts of the messages that wait."""
    micros: int
    """Spent in the calendar month."""


def usage(
    tx: Tx,
    client_id: int,
    name: str,
    holding: ClientLimits,
    configured: tuple[Limit, ...],
    currency: str,
    at: datetime,
) -> Usage:
    """How the client ``name`` stands. ``holding`` is what it is limited to; ``configured`` are the quotas of all."""
    most = limits.client_limits(tx, configured, client_id)
    waiting = records.waiting.first(tx, {"client_id": client_id})
    month = month_of(at)
    spent = records.spent.first(tx, {"client_id": client_id, "month": month})
    return Usage(
        client=name,
        at=at,
        parts={
            window: Used(limits.used(tx, client_id, seconds, at), most.get(seconds))
            for window, seconds in WINDOWS.items()
        },
        waiting_messages=0 if waiting is None else waiting.messages,
        waiting=Used(0 if waiting is None else waiting.parts, holding.queue_cap),
        month=month,
        accepted=0 if spent is None else spent.parts,
        money=Used(0 if spent is None else spent.micros, holding.money_per_month),
        currency=currency,
        requests_per_minute=holding.requests_per_minute,
    )


def standings(tx: Tx, at: datetime) -> list[Standing]:
    """How every client stands, by name."""
    rows = records.standings.all(tx, {"month": month_of(at)})
    return [Standing(row.name, row.parts, row.micros) for row in rows]
