"""How far a webhook has come, and what each try changes about that. Pure.

Events go one after another. One that isn't taken is tried again by the plan; meanwhile those behind it wait, which
costs nothing, as they only stand in the feed after the cursor. After the last try it becomes a dead letter, and the
next one begins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from gatewayd.webhooks.kinds import Interest
from gatewayd.webhooks.outcome import GONE, Result

#: Seconds before each try of one event: the plan of Standard Webhooks 1.0, 75 h 35 min 5 s in all.
PLAN: Final = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)


@dataclass(frozen=True, slots=True)
class Terms:
    """The operator's part of the plan."""

    breaker_failures: int
    breaker_pause: timedelta
    disable_after: timedelta


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook as its courier works on it: what it wants, and how far it has come."""

    id: int
    public_id: str
    url: str
    interest: Interest
    include_text: str
    secret: bytes
    """Sealed."""
    old_secret: bytes | None
    old_secret_until: datetime | None
    generation: int
    """Changes with everything that is changed from outside: who then saves by the old one, saves nothing."""
    client_disabled: bool
    enabled: bool
    disabled_reason: str | None
    cursor: int
    """All events up to this one are done with."""
    tries: int
    """Of the next event, so far."""
    next_try_at: datetime | None
    waiting_since: datetime | None
    """When the event happened that is tried again and again."""
    failures: int
    """In a row."""
    failing_since: datetime | None
    breaker_until: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_status: int | None
    last_error: str | None

    def due_at(self) -> datetime | None:
        """Before when nothing may be sent; None: now."""
        times = [at for at in (self.next_try_at, self.breaker_until) if at is not None]
        return max(times, default=None)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event on its way, as far as this matters here."""

    seq: int
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Death:
    """An event that was given up."""

    event: Happened
    tries: int
    status: int | None
    error: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a failure leads to."""

    endpoint: Endpoint
    death: Death | None = None


def succeeded(endpoint: Endpoint, cursor: int, status: int | None, now: datetime) -> Endpoint:
    """The receiver has taken the event ``cursor``; one that was sent again leaves the cursor where it is."""
    return replace(
        endpoint,
        cursor=max(cursor, endpoint.cursor),
        tries=0,
        next_try_at=None,
        waiting_since=None,
        failures=0,
        failing_since=None,
        breaker_until=None,
        last_success_at=now,
        last_status=status,
        last_error=None,
    )


def failed(
    endpoint: Endpoint, event: Happened, result: Result, now: datetime, terms: Terms, stretch: float
) -> Step:
    """The receiver has not taken the next event.

    ``stretch`` (1.0 or a little more) lengthens the planned wait, so that webhooks that failed together don't all
    come back together.
    """
    endpoint = _blamed(endpoint, result, now, terms)
    tries = endpoint.tries + 1
    if not endpoint.enabled:
        # It stays the next one, and has the whole plan again when somebody enables the webhook.
        return Step(replace(endpoint, tries=0, next_try_at=None, waiting_since=event.at))
    if tries >= len(PLAN):
        dead = Death(event, tries, result.status, result.error or "")
        given_up = replace(endpoint, cursor=event.seq, tries=0, next_try_at=None, waiting_since=None)
        return Step(given_up, dead)
    wait = max(PLAN[tries] * stretch, result.retry_after or 0.0)
    return Step(
        replace(endpoint, tries=tries, next_try_at=now + timedelta(seconds=wait), waiting_since=event.at)
    )


def failed_again(endpoint: Endpoint, result: Result, now: datetime, terms: Terms) -> Endpoint:
    """The receiver has not taken a dead letter that somebody had sent again."""
    return _blamed(endpoint, result, now, terms)


def _blamed(endpoint: Endpoint, result: Result, now: datetime, terms: Terms) -> Endpoint:
    failures = endpoint.failures + 1
    since = endpoint.failing_since or now
    reason = _end(result, now - since, terms)
    return replace(
        endpoint,
        failures=failures,
        failing_since=since,
        breaker_until=now + terms.breaker_pause if failures >= terms.breaker_failures else None,
        last_failure_at=now,
        last_status=result.status,
        last_error=result.error,
        enabled=reason is None,
        disabled_reason=reason,
    )


def _end(result: Result, failing: timedelta, terms: Terms) -> str | None:
    """Why it is disabled now, if it is."""
    if result.status == GONE:
        return "the receiver answered 410 Gone"
    if failing >= terms.disable_after:
        return f"failing since {failing.total_seconds() / 86_400:.1f} days: {result.error}"
    return None
