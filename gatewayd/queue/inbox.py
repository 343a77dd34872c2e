"""The inbox as the API and the command line read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from gatewayd.clock import Clock
from gatewayd.errors import NotFound
from gatewayd.queue.keywords import Wish
from gatewayd.queue.records import receiving as records
from gatewayd.queue.tables import inbox
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx

#: Rows of one read of an export.
_EXPORT_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message that somebody sent to one of our SIMs."""

    seq: int
    id: str
    modem: str
    sim: str | None
    """ICCID."""
    sender: str
    """E.164 where it is such a number, else as the network wrote it; empty where it couldn't be read."""
    text: str | None
    """None: it is kept no more.

    In hexadecimal for the encodings ``8bit``, ``compressed`` and ``raw``. ``[…]`` stands for missing parts."""
    encoding: str
    """``gsm7``, ``gsm7-es``, …, ``ucs2``, ``8bit``, ``compressed``; ``mixed``: its parts differ; ``raw``: it can't be
    decoded."""
    parts: int
    """How many came."""
    missing: int
    """How many did not, within 24 hours."""
    keyword: str | None
    """``stop`` or ``start`` where it was such a word."""
    sent_at: datetime | None
    """By the service centre's clock."""
    received_at: datetime

    @property
    def erased(self) -> bool:
        """Whether its text and sender are kept no more; of the sender there is something as ``+34…12`` then."""
        return self.text is None


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """A search of the inbox, newest first. None means: any."""

    since: datetime | None = None
    """Received at or after this."""
    until: datetime | None = None
    """Received before this."""
    sender: str | None = None
    """As ``ReceivedMessage`` has it."""
    text: str | None = None
    """Words that the text contains, any case."""
    keyword: Wish | None = None
    limit: int = 100
    after: tuple[datetime, int] | None = None
    """Where the page before ended: (received_at, seq) of its last message."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page of a search."""

    messages: tuple[ReceivedMessage, ...]
    next: tuple[datetime, int] | None
    """What ``InboxQuery.after`` takes for the next page; None at the end."""


class Inbox:
    """Reads received messages on the database ``runner``."""

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self._runner = runner
        self._clock = clock

    async def find(self, query: InboxQuery) -> InboxPage:
        """One page of a search."""
        return await self._runner.read(_page, query)

    async def export(self, query: InboxQuery) -> AsyncIterator[list[ReceivedMessage]]:
        """Every message of a search, some at a time: one short read each, so that a slow reader pins nothing."""
        query = replace(query, limit=_EXPORT_ROWS, until=query.until or self._clock.now())
        while True:
            page = await self.find(query)
            yield list(page.messages)
            if page.next is None:
                return
            query = replace(query, after=page.next)

    async def message(self, id_: str) -> ReceivedMessage:
        """One message. Raises NotFound."""
        return await self._runner.read(_message, id_)


def _message(tx: Tx, id_: str) -> ReceivedMessage:
    row = records.find.first(tx, {"id": id_})
    if row is None:
        raise NotFound("there is no such received message")
    return _view(row)


def _page(tx: Tx, query: InboxQuery) -> InboxPage:
    # One more than asked for tells whether there is a next page.
    found = [_view(row) for row in tx.execute(records.narrow(_conditions(query), query.limit + 1))]
    shown = found[: query.limit]
    more = len(found) > query.limit
    return InboxPage(tuple(shown), (shown[-1].received_at, shown[-1].seq) if more else None)


def _conditions(query: InboxQuery) -> list[Any]:
    columns = inbox.c
    conditions: list[Any] = []
    if query.since is not None:
        conditions.append(columns.received_at >= query.since)
    if query.until is not None:
        conditions.append(columns.received_at < query.until)
    if query.sender is not None:
        conditions.append(columns.sender == query.sender)
    if query.keyword is not None:
        conditions.append(columns.keyword == query.keyword)
    if query.text is not None:
        conditions.append(columns.text.icontains(query.text, autoescape=True))
    if query.after is not None:
        conditions.append(records.older_than(*query.after))
    return conditions


def _view(row: Any) -> ReceivedMessage:
    return ReceivedMessage(
        seq=row.seq,
        id=row.id,
        modem=row.modem,
        sim=row.sim,
        sender=row.sender,
        text=None if row.erased else row.text,
        encoding=row.encoding,
        parts=row.parts,
        missing=row.missing,
        keyword=row.keyword,
        sent_at=row.sent_at,
        received_at=row.received_at,
    )
