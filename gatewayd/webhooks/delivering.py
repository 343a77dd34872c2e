"""What a courier reads and writes: each function is a transaction, or part of one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from gatewayd import events
from gatewayd.log import get_logger
from gatewayd.store.transaction import Tx
from gatewayd.webhooks import metrics, records
from gatewayd.webhooks.kinds import Interest
from gatewayd.webhooks.payload import Describe, body, event_id
from gatewayd.webhooks.progress import Death, Endpoint, Happened

#: What a COMMIT is announced as after which a courier must look at its webhook again.
TOPIC: Final = "webhooks"
#: Events looked at in one read, and of these told without another one: what a slow receiver keeps in memory.
_LOOKED_AT: Final = 200
_AT_ONCE: Final = 50
#: The same for one that fails: most likely nothing but the first will be used.
_LOOKED_AT_FAILING: Final = 50

_log = get_logger("gatewayd.webhooks")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event, ready to go."""

    event: Happened
    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What comes next for a webhook."""

    deliveries: tuple[Delivery, ...]
    cursor: int
    """Where it stands once all of them are delivered."""
    end: bool
    """Whether nothing more has happened."""
    wanted: Happened | None = None
    """A dead letter that is to be sent again, before anything else."""
    resend: Delivery | None = None
    """The same, ready to go; None where its event is kept no more."""


def load(tx: Tx, id_: int) -> Endpoint | None:
    """The webhook with that number, where there is one and it is enabled."""
    row = records.load.first(tx, {"id": id_})
    return endpoint_of(row) if row is not None and row.enabled else None


def endpoint_of(row: Any) -> Endpoint:
    """A row as couriers know it."""
    clients = json.loads(row.clients) if row.clients is not None else None
    return Endpoint(
        id=row.id,
        public_id=row.public_id,
        url=row.url,
        interest=Interest(
            tuple(json.loads(row.events)),
            row.client_id,
            None if clients is None else frozenset(clients),
            row.sees_inbox,
        ),
        include_text=row.include_text,
        secret=row.secret,
        old_secret=row.old_secret,
        old_secret_until=row.old_secret_until,
        generation=row.generation,
        client_disabled=bool(row.client_disabled),
        **{name: getattr(row, name) for name in records.PROGRESS},
    )


def next_page(tx: Tx, endpoint: Endpoint, describe: Describe) -> Page:
    """What comes next: a dead letter that is wanted again, or the next events after the cursor."""
    wanted = records.next_wanted.first(tx, {"webhook_id": endpoint.id})
    if wanted is not None:
        found = events.read_after(tx, wanted.seq - 1, 1)
        kept = bool(found) and found[0].seq == wanted.seq
        # The webhook may have been narrowed since.
        told = kept and endpoint.interest.wants(found[0].kind, found[0].client_id)
        resend = _prepare(tx, endpoint, found[0], describe) if told else None
        return Page((), endpoint.cursor, False, Happened(wanted.seq, wanted.kind, wanted.event_at), resend)
    look_at, at_once = (_LOOKED_AT_FAILING, 1) if endpoint.failures else (_LOOKED_AT, _AT_ONCE)
    happened = events.read_after(tx, endpoint.cursor, look_at)
    cursor = endpoint.cursor
    deliveries: list[Delivery] = []
    for event in happened:
        if endpoint.interest.wants(event.kind, event.client_id):
            if len(deliveries) == at_once:
                return Page(tuple(deliveries), cursor, False)
            deliveries.append(_prepare(tx, endpoint, event, describe))
        cursor = event.seq
    return Page(tuple(deliveries), cursor, len(happened) < look_at)


def next_event(tx: Tx, endpoint: Endpoint) -> events.Event | None:
    """The next event after the cursor that the webhook is to be told of; None where it waits for nothing."""
    cursor = endpoint.cursor
    while happened := events.read_after(tx, cursor, _LOOKED_AT):
        for event in happened:
            if endpoint.interest.wants(event.kind, event.client_id):
                return event
        cursor = happened[-1].seq
    return None


def _prepare(tx: Tx, endpoint: Endpoint, event: events.Event, describe: Describe) -> Delivery:
    data = describe(tx, event, include_text=endpoint.include_text)
    return Delivery(
        Happened(event.seq, event.kind, event.at),
        event_id(event.seq, event.at),
        body(event.kind, event.at, data, seq=event.seq),
    )


def save(tx: Tx, endpoint: Endpoint, deaths: Sequence[Death], at: datetime) -> bool:
    """Write down how far a webhook has come; False where it was changed meanwhile, and nothing is written."""
    values = {name: getattr(endpoint, name) for name in records.PROGRESS}
    values |= {"b_id": endpoint.id, "b_generation": endpoint.generation}
    if records.save.change(tx, values) != 1:
        return False
    for death in deaths:
        bury(tx, endpoint, death, at)
    if not endpoint.enabled:
        _tell(tx, endpoint, "webhook.disabled", {"reason": endpoint.disabled_reason}, at)
        tx.after_commit(metrics.disabled.inc)
        tx.after_commit(
            partial(
                _log.error, "webhook.disabled", webhook=endpoint.public_id, reason=endpoint.disabled_reason
            )
        )
    return True


def bury(tx: Tx, endpoint: Endpoint, death: Death, at: datetime) -> None:
    """Keep an event that was given up, and say so."""
    event = death.event
    facts = {"seq": event.seq, "kind": event.kind, "tries": death.tries, "error": death.error}
    records.insert_dead.change(
        tx,
        facts
        | {
            "webhook_id": endpoint.id,
            "event_at": event.at,
            "died_at": at,
            "status": death.status,
            "wanted_at": None,
        },
    )
    _tell(tx, endpoint, "webhook.dead_letter", facts, at)
    tx.after_commit(metrics.died.inc)
    tx.after_commit(partial(_log.error, "webhook.dead_letter", webhook=endpoint.public_id, **facts))


def revived(tx: Tx, endpoint: Endpoint, seq: int, at: datetime) -> None:
    """A dead letter was taken after all."""
    save(tx, endpoint, (), at)
    records.remove_dead.change(tx, {"webhook_id": endpoint.id, "seq": seq})


def not_revived(
    tx: Tx, endpoint: Endpoint, seq: int, status: int | None, error: str | None, at: datetime
) -> None:
    """A dead letter was refused again: it stays one, and others that wait for the same aren't tried either."""
    save(tx, endpoint, (), at)
    values = {"b_webhook_id": endpoint.id, "b_seq": seq, "b_status": status, "b_error": error or ""}
    records.tried_again.change(tx, values)
    records.want_all.change(tx, {"b_webhook_id": endpoint.id, "b_at": None})


def _tell(tx: Tx, endpoint: Endpoint, kind: str, data: dict[str, Any], at: datetime) -> None:
    events.append(
        tx, kind, subject=endpoint.public_id, client_id=endpoint.interest.client_id, data=data, at=at
    )
