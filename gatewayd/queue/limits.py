"""Quotas in a transaction: is there room, and take it."""

from __future__ import annotations

from datetime import datetime

from gatewayd.access.limits import ClientLimits
from gatewayd.access.limits import of_client as limits_of_client
from gatewayd.queue.quotas import WINDOWS, Limit, QuotaScope, free_at, oldest_counted, slot
from gatewayd.queue.records import control, outcomes
from gatewayd.store.transaction import Tx

Subjects = dict[QuotaScope, str]
"""Whose counts a part falls under: what ``sim_subject`` says, the recipient's number, the client's number."""


def blocked_until(
    tx: Tx, limits: tuple[Limit, ...], scope: QuotaScope, subject: str, at: datetime, more: int
) -> datetime | None:
    """When every limit of ``scope`` has room for ``more`` parts of ``subject``; None: now.

    ``limits`` are the configured ones; a client's own take the place of those for its windows.
    """
    found = [
        until
        for limit in _holding(tx, limits, scope, subject)
        if (until := free_at(limit, _counted(tx, limit.scope, subject, limit.window, at), more)) is not None
    ]
    return max(found, default=None)


def sim_subject(tx: Tx, modem: str, iccid: str | None) -> str:
    """What parts are counted under that leave by the SIM in ``modem``.

    A SIM that doesn't tell its number just now is taken for the one that was last known there; where none ever was, it
    is counted as its modem's, and under its number once it tells that.
    """
    if iccid is not None:
        return iccid
    last = control.find_sim.first(tx, {"modem": modem})
    return _nameless(modem) if last is None else str(last.iccid)


def learn_sim(tx: Tx, modem: str, iccid: str) -> None:
    """The SIM in ``modem`` tells its number for the first time: what was counted so far was counted for it."""
    subjects = {"b_scope": QuotaScope.SIM, "b_from": _nameless(modem)}
    outcomes.take_over_slots.change(tx, {**subjects, "b_to": iccid})
    outcomes.drop_slots.change(tx, subjects)


def _nameless(modem: str) -> str:
    return f"@{modem}"


def _holding(tx: Tx, limits: tuple[Limit, ...], scope: QuotaScope, subject: str) -> list[Limit]:
    configured = [limit for limit in limits if limit.scope is scope]
    if scope is not QuotaScope.CLIENT:
        return configured
    parts = {limit.window: limit.parts for limit in configured} | _own(limits_of_client(tx, int(subject)))
    return [Limit(scope, window, most) for window, most in parts.items()]


def _own(limits: ClientLimits) -> dict[int, int]:
    """A client's own limits: seconds of the window, and parts."""
    own = {
        "minute": limits.parts_per_minute,
        "hour": limits.parts_per_hour,
        "day": limits.parts_per_day,
    }
    return {WINDOWS[name]: parts for name, parts in own.items() if parts is not None}


def client_limits(tx: Tx, limits: tuple[Limit, ...], client_id: int) -> dict[int, int]:
    """What holds for a client: the most parts, by the seconds of the window."""
    holding = _holding(tx, limits, QuotaScope.CLIENT, str(client_id))
    return {limit.window: limit.parts for limit in holding}


def used(tx: Tx, client_id: int, window: int, at: datetime) -> int:
    """How many parts of a client count in the window of so many seconds that ends at ``at``."""
    return sum(parts for _, parts in _counted(tx, QuotaScope.CLIENT, str(client_id), window, at))


def _counted(tx: Tx, scope: QuotaScope, subject: str, window: int, at: datetime) -> list[tuple[int, int]]:
    return outcomes.counted_slots.all(
        tx,
        {"scope": scope, "subject": subject, "window": window, "oldest": oldest_counted(at, window)},
    )


def charge(tx: Tx, limits: tuple[Limit, ...], subjects: Subjects, at: datetime) -> None:
    """Count one part: of its client in every window, since a limit may be set at any time; else under each limit."""
    counted = [(QuotaScope.CLIENT, window) for window in WINDOWS.values()]
    counted += [(limit.scope, limit.window) for limit in limits if limit.scope is not QuotaScope.CLIENT]
    for scope, window in counted:
        outcomes.charge_quota.change(
            tx,
            {
                "scope": scope,
                "subject": subjects[scope],
                "window": window,
                "slot": slot(at, window),
                "parts": 1,
            },
        )


def forget(tx: Tx, limits: tuple[Limit, ...], at: datetime) -> None:
    """Drop the slots that no window reaches any more."""
    for window in {limit.window for limit in limits} | set(WINDOWS.values()):
        outcomes.forget_slots.change(tx, {"b_window": window, "b_oldest": oldest_counted(at, window)})
