"""What people and programs change about webhooks: functions inside a transaction, each with its line in the audit."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from gatewayd import audit, events
from gatewayd.errors import Conflict, FieldError, InvalidRequest, NotFound
from gatewayd.store.transaction import Tx
from gatewayd.webhooks import records
from gatewayd.webhooks.checking import check_changes, check_draft
from gatewayd.webhooks.delivering import TOPIC
from gatewayd.webhooks.view import Caller, Changes, Draft

#: What an enabled webhook begins with: it owes nobody anything.
_UNTRIED: Final[dict[str, Any]] = {
    "enabled": True,
    "tries": 0,
    "failures": 0,
    **dict.fromkeys(
        (
            "disabled_reason",
            "next_try_at",
            "waiting_since",
            "failing_since",
            "breaker_until",
            "last_success_at",
            "last_failure_at",
            "last_status",
            "last_error",
        )
    ),
}
#: What a person's intervention ends: waiting, and what led to it.
FRESH: Final[dict[str, Any]] = {
    "tries": 0,
    "failures": 0,
    **dict.fromkeys(("next_try_at", "waiting_since", "failing_since", "breaker_until")),
}

_AUDITED: Final = ("url", "description", "events", "clients", "include_text")


def find(tx: Tx, caller: Caller, public_id: str) -> Any:
    """The row of a webhook. Raises NotFound, also for another client's."""
    row = records.find.first(tx, {"public_id": public_id})
    if row is None or caller.client_id not in (None, row.client_id):
        raise NotFound(f"there is no webhook {public_id!r}")
    return row


def create(
    tx: Tx, draft: Draft, public_id: str, sealed: bytes, caller: Caller, most: int, at: datetime
) -> Any:
    """Add a webhook that is told of what happens from now on; return its row.

    Raises InvalidRequest with every wrong field, Conflict ``too_many_webhooks`` where the client has ``most``.
    """
    found = check_draft(tx, draft, caller)
    if (records.count_of_client.scalar(tx, {"client_id": found.client_id}) or 0) >= most:
        raise Conflict("too_many_webhooks", f"there are {most} webhooks already; delete one first")
    values = _UNTRIED | {
        "public_id": public_id,
        "client_id": found.client_id,
        "url": draft.url,
        "description": draft.description,
        "events": json.dumps(draft.events),
        "clients": _encoded(found.clients),
        "include_text": draft.include_text,
        "sees_inbox": caller.may_read_inbox,
        "secret": sealed,
        "old_secret": None,
        "old_secret_until": None,
        "created_at": at,
        "updated_at": at,
        "generation": 1,
        "cursor": events.last(tx),
    }
    records.insert_webhook.insert(tx, values)
    after = {name: _shown(tx, name, values[name]) for name in _AUDITED} | {"client": draft.client}
    audit.record(
        tx, actor=caller.actor, action="webhook.create", object=f"webhook:{public_id}", after=after, at=at
    )
    tx.announce(TOPIC)
    return find(tx, caller, public_id)


def change(tx: Tx, public_id: str, changes: Changes, caller: Caller, at: datetime) -> Any:
    """Change what a webhook is told of, or where; return its row. Raises NotFound and InvalidRequest."""
    row = find(tx, caller, public_id)
    clients = check_changes(tx, row, changes, caller)
    wanted: dict[str, Any] = {}
    if changes.url is not None:
        wanted |= {"url": changes.url} | FRESH
    if changes.events is not None:
        wanted |= {"events": json.dumps(changes.events), "sees_inbox": caller.may_read_inbox}
    if changes.all_clients or clients is not None:
        wanted["clients"] = _encoded(clients)
    if changes.description is not None:
        wanted["description"] = changes.description
    if changes.include_text is not None:
        wanted["include_text"] = changes.include_text
    before = {name: _shown(tx, name, getattr(row, name)) for name in wanted if name in _AUDITED}
    after = {name: _shown(tx, name, value) for name, value in wanted.items() if name in _AUDITED}
    return apply(tx, row, wanted, caller, "webhook.update", at, before=before, after=after)


def rotate(tx: Tx, public_id: str, sealed: bytes, old_until: datetime, caller: Caller, at: datetime) -> Any:
    """Give a webhook a new secret; the old one signs along until ``old_until``. Raises NotFound."""
    row = find(tx, caller, public_id)
    wanted = {"secret": sealed, "old_secret": row.secret, "old_secret_until": old_until}
    after = {"old_secret_until": old_until.isoformat()}
    return apply(tx, row, wanted, caller, "webhook.rotate", at, after=after)


def enable(tx: Tx, public_id: str, caller: Caller, at: datetime) -> Any:
    """Go on where it was stopped, at once and with the whole plan; return its row. Raises NotFound."""
    row = find(tx, caller, public_id)
    if not row.enabled:
        events.append(
            tx,
            "webhook.enabled",
            subject=public_id,
            client_id=row.client_id,
            data={"by": caller.actor},
            at=at,
        )
    wanted = FRESH | {"enabled": True, "disabled_reason": None}
    before = {"enabled": row.enabled, "reason": row.disabled_reason}
    return apply(tx, row, wanted, caller, "webhook.enable", at, before=before, after={"enabled": True})


def disable(tx: Tx, public_id: str, reason: str, caller: Caller, at: datetime) -> Any:
    """Send nothing any more; what happens meanwhile waits. Returns its row. Raises NotFound."""
    row = find(tx, caller, public_id)
    if row.enabled:
        data = {"reason": reason, "by": caller.actor}
        events.append(tx, "webhook.disabled", subject=public_id, client_id=row.client_id, data=data, at=at)
    wanted = {"enabled": False, "disabled_reason": reason}
    after = {"enabled": False}
    return apply(tx, row, wanted, caller, "webhook.disable", at, reason=reason, after=after)


def replay(tx: Tx, public_id: str, after: int, caller: Caller, at: datetime) -> Any:
    """Tell everything after the event ``after`` once more, with the same ids; return its row.

    What waits already still comes: nothing is skipped in this way. Raises NotFound, and InvalidRequest for an event
    that is still to happen.
    """
    row = find(tx, caller, public_id)
    last = events.last(tx)
    if after > last:
        raise InvalidRequest([FieldError("after", "range", f"must be at most {last}, the last event so far")])
    cursor = min(after, row.cursor)
    wanted = FRESH | {"cursor": cursor}
    before = {"cursor": row.cursor}
    return apply(tx, row, wanted, caller, "webhook.replay", at, before=before, after={"cursor": cursor})


def delete(tx: Tx, public_id: str, caller: Caller, at: datetime) -> None:
    """Remove a webhook with its dead letters. Raises NotFound."""
    row = find(tx, caller, public_id)
    records.remove_all_dead.change(tx, {"webhook_id": row.id})
    records.remove.change(tx, {"id": row.id})
    before = {"client": row.client, "url": _shown(tx, "url", row.url)}
    audit.record(
        tx, actor=caller.actor, action="webhook.delete", object=f"webhook:{public_id}", before=before, at=at
    )
    tx.announce(TOPIC)


def apply(
    tx: Tx,
    row: Any,
    wanted: dict[str, Any],
    caller: Caller,
    action: str,
    at: datetime,
    *,
    reason: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Any:
    """Write a change, with its line in the audit; return the new row.

    One that touches how far the webhook has come begins a new generation: what its courier is about to save is void.
    """
    values = {name: getattr(row, name) for name in records.GIVEN + records.PROGRESS} | wanted
    touched = not wanted.keys().isdisjoint(records.PROGRESS)
    records.change.change(tx, values | {"updated_at": at, "b_id": row.id, "b_touched": int(touched)})
    audit.record(
        tx,
        actor=caller.actor,
        action=action,
        object=f"webhook:{row.public_id}",
        reason=reason,
        before=before,
        after=after,
        at=at,
    )
    tx.announce(TOPIC)
    return records.load.first(tx, {"id": row.id})


def _encoded(clients: list[int] | None) -> str | None:
    return None if clients is None else json.dumps(clients)


def _shown(tx: Tx, name: str, value: Any) -> Any:
    """A column's value for the audit: names rather than numbers, and no query, where some receivers' secrets stand."""
    if name == "url":
        return value.partition("?")[0]
    if name == "events":
        return json.loads(value)
    return names_of_clients(tx, value) if name == "clients" else value


def names_of_clients(tx: Tx, encoded: str | None) -> list[str] | None:
    """The names of the clients whose numbers a row holds."""
    if encoded is None:
        return None
    names = {row.id: row.name for row in records.client_names.all(tx, {})}
    return [names[number] for number in json.loads(encoded)]
