"""Webhooks as others see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gatewayd import events
from gatewayd.store.transaction import Tx
from gatewayd.webhooks import records
from gatewayd.webhooks.registry import find, names_of_clients
from gatewayd.webhooks.view import Caller, Condition, IncludeText, Survey, WebhookView

#: By number, how far couriers have come beyond what is written down.
Positions = Mapping[int, int]


def listed(tx: Tx, caller: Caller, positions: Positions, now: datetime) -> list[WebhookView]:
    """The webhooks that the caller may see, oldest first."""
    if caller.client_id is None:
        rows = records.every.all(tx, {})
    else:
        rows = records.of_client.all(tx, {"client_id": caller.client_id})
    return [view(tx, row, positions, now) for row in rows]


def one(tx: Tx, caller: Caller, public_id: str, positions: Positions, now: datetime) -> WebhookView:
    """One webhook. Raises NotFound."""
    return view(tx, find(tx, caller, public_id), positions, now)


def view(tx: Tx, row: Any, positions: Positions, now: datetime) -> WebhookView:
    """A webhook's row as it is shown."""
    cursor = max(row.cursor, positions.get(row.id, 0)) if row.enabled else row.cursor
    pending, oldest = _waiting(tx, cursor)
    clients = names_of_clients(tx, row.clients)
    opened = row.breaker_until if row.breaker_until is not None and row.breaker_until > now else None
    rotating = row.old_secret_until
    return WebhookView(
        id=row.public_id,
        client=row.client,
        url=row.url,
        description=row.description,
        events=tuple(json.loads(row.events)),
        clients=None if clients is None else tuple(clients),
        include_text=IncludeText(row.include_text),
        condition=condition(row, now),
        disabled_reason=row.disabled_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
        cursor=cursor,
        pending=pending,
        oldest_at=row.waiting_since or oldest,
        tries=row.tries,
        next_try_at=row.next_try_at,
        failures=row.failures,
        failing_since=row.failing_since,
        breaker_open_until=opened,
        last_success_at=row.last_success_at,
        last_failure_at=row.last_failure_at,
        last_status=row.last_status,
        last_error=row.last_error,
        dead_letters=row.dead_letters,
        old_secret_until=rotating if rotating is not None and rotating > now else None,
    )


def condition(row: Any, now: datetime) -> Condition:
    """How the webhook of this row fares."""
    if not row.enabled:
        return Condition.DISABLED
    if row.breaker_until is not None and row.breaker_until > now:
        return Condition.OPEN
    return Condition.FAILING if row.failures else Condition.WORKING


def survey(tx: Tx, positions: Positions, now: datetime) -> Survey:
    """All webhooks together."""
    conditions = dict.fromkeys(Condition, 0)
    pending = dead = 0
    oldest: datetime | None = None
    for row in records.every.all(tx, {}):
        conditions[condition(row, now)] += 1
        dead += row.dead_letters
        if row.enabled:
            waiting, since = _waiting(tx, max(row.cursor, positions.get(row.id, 0)))
            pending += waiting
            since = row.waiting_since or since
            oldest = min(filter(None, (oldest, since)), default=None)
    return Survey(conditions, pending, dead, oldest)


def _waiting(tx: Tx, cursor: int) -> tuple[int, datetime | None]:
    """How many events follow the cursor, and when the first of them happened: both without looking at them all."""
    pending = max(0, events.last(tx) - cursor)
    if not pending:
        return 0, None
    first = events.read_after(tx, cursor, 1)
    return pending, first[0].at if first else None
