"""Append to the feed, read it, and be woken when it grows.

``seq`` has no gaps: one writer hands the numbers out inside its transactions, and a transaction (or a savepoint) that
is rolled back gives its numbers back. So a consumer that has read up to a number has read everything up to it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert

from gatewayd.events import records
from gatewayd.events.tables import event
from gatewayd.store.prepared import Prepared
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx
from gatewayd.wakeup import Wakeup

#: What a COMMIT with new events is announced as.
TOPIC = "events"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    seq: int
    """Its place in the feed, from 1, without gaps."""
    at: datetime
    kind: str
    """A constant name such as ``message.sent``."""
    subject: str
    """What it happened to: the public name of a message, a modem, …"""
    client_id: int | None
    """Whose it is; None where it belongs to no application."""
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is to be appended."""

    kind: str
    subject: str
    client_id: int | None
    data: Mapping[str, Any]
    at: datetime


def append(
    tx: Tx, kind: str, *, subject: str, client_id: int | None, data: Mapping[str, Any], at: datetime
) -> int:
    """Append one event and return its ``seq``. ``data`` is what JSON can hold."""
    tx.announce(TOPIC)
    return records.INSERT.insert(
        tx, {"at": at, "kind": kind, "subject": subject, "client_id": client_id, "data": _encode(data)}
    )


def append_many(tx: Tx, drafts: Iterable[Draft]) -> int:
    """Append events in their order and return how many."""
    tx.announce(TOPIC)
    return records.INSERT.change_many(
        tx,
        (
            {
                "at": draft.at,
                "kind": draft.kind,
                "subject": draft.subject,
                "client_id": draft.client_id,
                "data": _encode(draft.data),
            }
            for draft in drafts
        ),
    )


class AppendFrom:
    """Append one event for each row of a SELECT, without a row passing through Python: for thousands at once.

    The SELECT has the columns ``at``, ``kind``, ``subject``, ``client_id`` and ``data`` (JSON text, as made by
    ``json_object``), in this order. Made once, at import.
    """

    def __init__(self, rows: Select[Any]) -> None:
        self._insert = Prepared(insert(event).from_select(list(records.WRITTEN), rows))

    def __call__(self, tx: Tx, values: Mapping[str, Any]) -> int:
        """Append with these values for the SELECT's ``bindparam``; return how many events there were."""
        tx.announce(TOPIC)
        return self._insert.change(tx, values)


def read_after(
    tx: Tx, cursor: int, limit: int, *, client_id: int | None = None, kinds: Collection[str] | None = None
) -> list[Event]:
    """Up to ``limit`` events after ``cursor``, oldest first: of one client, of some kinds, or all.

    With a filter, the last event returned may lie far before the end: ``last`` tells how far was looked.
    """
    values: dict[str, Any] = {"cursor": cursor, "limit": limit}
    if client_id is not None:
        values["client_id"] = client_id
    if kinds is not None:
        statement = records.AFTER_OF_KINDS if client_id is None else records.AFTER_OF_CLIENT_AND_KINDS
        return [_event(row) for row in tx.execute(statement, values | {"kinds": list(kinds)})]
    prepared = records.AFTER if client_id is None else records.AFTER_OF_CLIENT
    return [_event(row) for row in prepared.all(tx, values)]


def timeline(tx: Tx, subject: str, *, cursor: int = 0, limit: int = 1000) -> list[Event]:
    """Up to ``limit`` events of one subject after ``cursor``, oldest first."""
    return [
        _event(row)
        for row in records.OF_SUBJECT.all(tx, {"subject": subject, "cursor": cursor, "limit": limit})
    ]


def latest(tx: Tx, subject: str, *, limit: int) -> list[Event]:
    """The last ``limit`` events of one subject, newest first."""
    return [_event(row) for row in records.LATEST_OF_SUBJECT.all(tx, {"subject": subject, "limit": limit})]


def last(tx: Tx) -> int:
    """``seq`` of the newest event, 0 where there is none."""
    return records.LAST.scalar(tx, {}) or 0


def _event(row: Any) -> Event:
    return Event(row.seq, row.at, row.kind, row.subject, row.client_id, json.loads(row.data))


@contextmanager
def watching(runner: Runner) -> Iterator[Wakeup]:
    """An alarm that rings after each COMMIT with new events. Read first, then wait: what came before doesn't ring."""
    wakeup = Wakeup()
    with runner.topics.subscribed(TOPIC, wakeup.ring):
        yield wakeup
