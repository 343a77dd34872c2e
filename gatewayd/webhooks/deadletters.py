"""What was given up: looked at, sent again, or thrown away by a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatewayd import audit
from gatewayd.errors import Conflict, NotFound
from gatewayd.store.transaction import Tx
from gatewayd.webhooks import records
from gatewayd.webhooks.delivering import bury, endpoint_of, next_event
from gatewayd.webhooks.payload import event_id
from gatewayd.webhooks.progress import Death, Happened
from gatewayd.webhooks.registry import FRESH, apply, find
from gatewayd.webhooks.view import Caller, DeadLetter, DeadLetterPage


def page(tx: Tx, caller: Caller, public_id: str, after: int, limit: int) -> DeadLetterPage:
    """Up to ``limit`` dead letters of a webhook after the event ``after``, oldest first. Raises NotFound."""
    webhook = find(tx, caller, public_id)
    # One more than asked for tells whether there is a next page.
    rows = records.dead_after.all(tx, {"webhook_id": webhook.id, "after": after, "limit": limit + 1})
    shown = tuple(map(_view, rows[:limit]))
    return DeadLetterPage(shown, shown[-1].seq if len(rows) > limit else None)


def skip(tx: Tx, public_id: str, reason: str, caller: Caller, at: datetime) -> Any:
    """Make a dead letter of the event that is in the way, so that the next one begins; return the webhook's row.

    Raises NotFound, and Conflict ``nothing_in_the_way`` where none is being tried again.
    """
    webhook = find(tx, caller, public_id)
    endpoint = endpoint_of(webhook)
    event = next_event(tx, endpoint) if webhook.failures else None
    if event is None:
        raise Conflict("nothing_in_the_way", "no event is being tried again here")
    words = f"skipped: {webhook.last_error}"
    death = Death(Happened(event.seq, event.kind, event.at), webhook.tries, webhook.last_status, words[:200])
    bury(tx, endpoint, death, at)
    wanted = FRESH | {"cursor": event.seq}
    return apply(tx, webhook, wanted, caller, "webhook.skip", at, reason=reason, after={"seq": event.seq})


def send_again(tx: Tx, caller: Caller, public_id: str, seq: int | None, at: datetime) -> int:
    """Have one dead letter (or all: ``seq`` None) sent again at once, once each; return how many.

    The first that is refused again ends it for all. Raises NotFound, also for one that there isn't.
    """
    webhook = find(tx, caller, public_id)
    values = {"b_webhook_id": webhook.id, "b_at": at}
    if seq is None:
        count = records.want_all.change(tx, values)
    else:
        count = _one(records.want.change(tx, values | {"b_seq": seq}), seq)
    # Whoever asks believes that the receiver is there again: its break is over.
    wanted = {"next_try_at": None, "breaker_until": None}
    apply(tx, webhook, wanted, caller, "webhook.send_again", at, after=_meant(seq, count))
    return count


def discard(tx: Tx, caller: Caller, public_id: str, seq: int | None, reason: str, at: datetime) -> int:
    """Throw one dead letter away, or all; return how many. Raises NotFound, also for one that there isn't."""
    webhook = find(tx, caller, public_id)
    if seq is None:
        count = records.remove_all_dead.change(tx, {"webhook_id": webhook.id})
    else:
        count = _one(records.remove_dead.change(tx, {"webhook_id": webhook.id, "seq": seq}), seq)
    audit.record(
        tx,
        actor=caller.actor,
        action="webhook.discard",
        object=f"webhook:{public_id}",
        reason=reason,
        after=_meant(seq, count),
        at=at,
    )
    return count


def forget(tx: Tx, before: datetime) -> int:
    """Drop what died before that moment; return how many."""
    return records.forget_dead.change(tx, {"before": before})


def _one(changed: int, seq: int) -> int:
    if changed != 1:
        raise NotFound(f"there is no dead letter {seq}")
    return changed


def _meant(seq: int | None, count: int) -> dict[str, Any]:
    return {"dead_letters": count} if seq is None else {"seq": seq}


def _view(row: Any) -> DeadLetter:
    return DeadLetter(
        seq=row.seq,
        event_id=event_id(row.seq, row.event_at),
        kind=row.kind,
        event_at=row.event_at,
        died_at=row.died_at,
        tries=row.tries,
        status=row.status,
        error=row.error,
        wanted=row.wanted_at is not None,
    )
