"""Reading: one message with its history, pages of messages, what waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatewayd.errors import NotFound
from gatewayd.events import feed
from gatewayd.message import SENT_STATES, Doubt, Order, Priority, State
from gatewayd.queue.records import history, turns
from gatewayd.queue.tables import message
from gatewayd.queue.view import (
    AttemptView,
    ChangeView,
    Depth,
    MessageDetail,
    MessageView,
    Page,
    PartView,
    Query,
)
from gatewayd.store.transaction import Tx

_NOT_SENT = frozenset(State) - SENT_STATES - {State.STAGED}


def view(row: Any) -> MessageView:
    """A message's row, joined with its client's name, as it is shown."""
    return MessageView(
        seq=row.seq,
        id=row.id,
        client=row.client,
        to=row.recipient,
        text=row.text,
        type=row.type,
        state=State(row.state),
        priority=Priority(row.priority),
        encoding=row.encoding,
        parts=row.parts,
        parts_sent=row.parts_sent,
        attempts=row.attempts,
        flash=row.flash,
        report=row.report,
        in_doubt=Doubt(row.in_doubt),
        order=Order(row.ordering),
        reference=row.reference,
        modem=row.modem,
        pinned=row.pinned,
        wait_reason=row.wait_reason,
        not_before=row.not_before,
        send_at=row.send_at,
        expires_at=row.expires_at,
        error=row.error,
        error_text=row.error_text,
        possible_duplicate=row.possible_duplicate,
        overtaken=row.overtaken,
        retry_of=row.retry_of,
        created_at=row.created_at,
        updated_at=row.updated_at,
        sent_at=row.sent_at,
        dated_at=row.dated_at,
    )


def find(tx: Tx, client_id: int | None, id_: str) -> Any:
    """The row of a message, joined with its client's name. Raises NotFound, also for another client's."""
    row = history.find.first(tx, {"id": id_})
    if row is None or client_id not in (None, row.client_id):
        raise NotFound(f"there is no message {id_}")
    return row


def detail(tx: Tx, client_id: int | None, id_: str) -> MessageDetail:
    """A message with all that happened to it. Raises NotFound."""
    row = find(tx, client_id, id_)
    key = {"message_seq": row.seq}
    return MessageDetail(
        view(row),
        tuple(PartView(p.number, p.state, p.mr, p.modem, p.at) for p in history.parts.all(tx, key)),
        tuple(_attempt(a) for a in history.attempts.all(tx, key)),
        tuple(ChangeView(e.seq, e.at, e.kind, e.data) for e in feed.timeline(tx, row.id)),
    )


def _attempt(row: Any) -> AttemptView:
    return AttemptView(
        part=row.part,
        number=row.number,
        modem=row.modem,
        outcome=row.outcome,
        fault=row.fault,
        fault_text=row.fault_text,
        claimed_at=row.claimed_at,
        armed_at=row.armed_at,
        finished_at=row.finished_at,
        seconds=row.seconds,
    )


def page(tx: Tx, query: Query) -> Page:
    """One page of a search."""
    states = _states(query)
    if states is not None and not states:
        return Page((), None)
    # One more than asked for tells whether there is a next page.
    statement = history.narrow(_conditions(query, states), query.limit + 1)
    found = [view(row) for row in tx.execute(statement)]
    shown = found[: query.limit]
    more = len(found) > query.limit
    return Page(tuple(shown), (shown[-1].dated_at, shown[-1].seq) if more else None)


def _states(query: Query) -> frozenset[State] | None:
    """The states that are looked for; None: all."""
    states = {"all": None, "sent": SENT_STATES, "not_sent": _NOT_SENT}[query.status]
    if query.states:
        chosen = frozenset(query.states)
        states = chosen if states is None else states & chosen
    return states


def _conditions(query: Query, states: frozenset[State] | None) -> list[Any]:
    columns = message.c
    conditions = [
        column == wanted
        for column, wanted in (
            (columns.client_id, query.client_id),
            (columns.type, query.type),
            (columns.recipient, query.recipient),
            (columns.reference, query.reference),
        )
        if wanted is not None
    ]
    if query.client is not None:
        conditions.append(history.of_client(query.client))
    if query.since is not None:
        conditions.append(columns.dated_at >= query.since)
    if query.until is not None:
        conditions.append(columns.dated_at < query.until)
    if states is not None:
        conditions.append(columns.state.in_(sorted(states)))
    if query.text is not None:
        conditions.append(columns.text.icontains(query.text, autoescape=True))
    if query.after is not None:
        conditions.append(history.older_than(*query.after))
    return conditions


def depth(tx: Tx) -> Depth:
    """What waits, for metrics and people. Takes some 100 ms for a million messages."""
    rows = history.depth.all(tx, {})
    oldest: dict[Priority, datetime] = {}
    for head in turns.heads.all(tx, {}):
        created = history.created.scalar(tx, {"seq": head.seq})
        priority = Priority(head.priority)
        if created is not None and (priority not in oldest or created < oldest[priority]):
            oldest[priority] = created
    return Depth(
        waiting={Priority(row.priority): row.messages for row in rows},
        parts={Priority(row.priority): row.parts for row in rows},
        oldest=oldest,
        in_doubt=history.doubts.scalar(tx, {}) or 0,
    )
