"""Reading: one message with its history, pages of messages, what waits."""

from __future__ import annotations

import heapq
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from gatewayd.errors import NotFound
from gatewayd.events import feed
from gatewayd.message import SENT_STATES, Doubt, Order, Priority, State
from gatewayd.queue.dialogue import read
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
from gatewayd.sms.reports import status_text
from gatewayd.store.transaction import Tx

#: No client has this number.
_NOBODY = -1
_VISIBLE = frozenset(State) - {State.STAGED}


def policy(row: Any) -> Doubt:
    """What becomes of the message when it stays in doubt. The word of a damaged row counts as ``hold``."""
    try:
        return Doubt(row.in_doubt)
    except ValueError:
        return Doubt.HOLD


def view(row: Any) -> MessageView:
    """A message's row, joined with its client's name, as it is shown."""
    return MessageView(
        seq=row.seq,
        id=row.id,
        client=row.client,
        to=row.recipient,
        text=row.text if row.erased is None else None,
        type=row.type,
        state=State(row.state),
        priority=Priority(row.priority),
        encoding=row.encoding,
        parts=row.parts,
        parts_sent=row.parts_sent,
        attempts=row.attempts,
        flash=row.flash,
        report=row.report,
        in_doubt=policy(row),
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
        corrected=row.corrected,
        retry_of=row.retry_of,
        template=row.template,
        created_at=row.created_at,
        updated_at=row.updated_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        secret=bool(row.secret),
    )


def find(tx: Tx, client_id: int | None, id_: str) -> Any:
    """The row of a message, joined with its client's name. Raises NotFound, also for another client's."""
    row = history.find.first(tx, {"id": id_})
    if row is None or client_id not in (None, row.client_id):
        raise NotFound("there is no such message")
    return row


def detail(tx: Tx, client_id: int | None, id_: str) -> MessageDetail:
    """A message with all that happened to it. Raises NotFound."""
    row = find(tx, client_id, id_)
    key = {"message_seq": row.seq}
    return MessageDetail(
        view(row),
        tuple(_part(p) for p in history.parts.all(tx, key)),
        tuple(_attempt(a) for a in history.attempts.all(tx, key)),
        tuple(ChangeView(e.seq, e.at, e.kind, e.data) for e in feed.timeline(tx, row.id)),
    )


def _part(row: Any) -> PartView:
    return PartView(
        number=row.number,
        state=row.state,
        mr=row.mr,
        modem=row.modem,
        at=row.at,
        report=row.report,
        report_status=row.report_status,
        report_text=None if row.report_status is None else status_text(row.report_status),
        reported_at=row.reported_at,
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
        dialogue=read(row.dialogue),
    )


def page(tx: Tx, query: Query) -> Page:
    """One page of a search.

    By recipient or reference there is little to find. Otherwise each state is read in the order of the history and
    the lists are merged: every one of them is a short walk along an index, whatever the states and the client.
    """
    client_id = _whose(tx, query)
    if client_id is _NOBODY:
        return Page((), None)
    query = replace(query, client_id=client_id)
    conditions = _conditions(query)
    states = _states(query)
    # One more than asked for tells whether there is a next page.
    wanted = query.limit + 1
    if query.recipient is not None or query.reference is not None:
        narrowed = [*conditions, message.c.state.in_(sorted(states))]
        found = [view(row) for row in tx.execute(history.narrow(narrowed, wanted))]
    elif query.client_id is None and states == _VISIBLE:
        found = [view(row) for row in tx.execute(history.narrow([*conditions, history.NOT_STAGED], wanted))]
    else:
        lists = (
            map(view, tx.execute(history.narrow([*conditions, message.c.state == state], wanted)))
            for state in sorted(states)
        )
        found = list(islice(heapq.merge(*lists, key=_age, reverse=True), wanted))
    shown = found[: query.limit]
    return Page(tuple(shown), _age(shown[-1]) if len(found) > query.limit else None)


def _whose(tx: Tx, query: Query) -> int | None:
    """The client whose messages are looked for: None for all, _NOBODY where there is none."""
    if query.client is None:
        return query.client_id
    named = history.client_number.scalar(tx, {"name": query.client})
    if named is None or query.client_id not in (None, named):
        return _NOBODY
    return int(named)


def _age(message: MessageView) -> tuple[datetime, int]:
    """What the history is ordered by."""
    return message.created_at, message.seq


def _states(query: Query) -> frozenset[State]:
    """The states that are looked for."""
    states = {"all": _VISIBLE, "sent": SENT_STATES, "not_sent": _VISIBLE - SENT_STATES}[query.status]
    return states & frozenset(query.states) if query.states else states


def _conditions(query: Query) -> list[Any]:
    columns = message.c
    # A reference finds few messages; SQLite, without statistics, would rather walk through all of the client's.
    client = columns.client_id if query.reference is None else history.plain(columns.client_id)
    conditions = [
        column == wanted
        for column, wanted in (
            (client, query.client_id),
            (columns.type, query.type),
            (columns.recipient, query.recipient),
            (columns.reference, query.reference),
        )
        if wanted is not None
    ]
    if query.since is not None:
        conditions.append(columns.created_at >= query.since)
    if query.until is not None:
        conditions.append(columns.created_at < query.until)
    if query.text is not None:
        conditions.append(columns.text.icontains(query.text, autoescape=True))
    if query.after is not None:
        conditions.append(history.older_than(*query.after))
    return conditions


def depth(tx: Tx, routes: frozenset[str]) -> Depth:
    """What waits, for metrics and people, over all ``routes``. Takes some 100 ms for a million messages."""
    rows = history.depth.all(tx, {})
    oldest: dict[Priority, datetime] = {}
    for priority in Priority:
        times: list[datetime] = [
            created
            for route in routes
            for head in turns.heads.all(tx, {"route": route, "priority": priority})
            if (created := history.created.scalar(tx, {"seq": head.seq})) is not None
        ]
        if times:
            oldest[priority] = min(times)
    return Depth(
        waiting={Priority(row.priority): row.messages for row in rows},
        parts={Priority(row.priority): row.parts for row in rows},
        oldest=oldest,
        in_doubt=history.doubts.scalar(tx, {}) or 0,
    )
