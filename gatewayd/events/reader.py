"""The feed for those who only read it, page by page."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from gatewayd.events import feed
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx
from gatewayd.wakeup import Wakeup


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some events in a row."""

    events: tuple[feed.Event, ...]
    next: int
    """The cursor to go on from; the one that was asked from where nothing has happened since."""


class FeedReader:
    """Reads the feed on the database ``runner``."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def page(self, after: int, limit: int, *, client_id: int | None = None) -> FeedPage:
        """Return up to ``limit`` events after the cursor ``after``, oldest first: of one client, or all."""
        return await self._runner.read(_page, after, limit, client_id)

    async def latest(self, subject: str, limit: int) -> list[feed.Event]:
        """Return the last ``limit`` events of one subject, newest first."""
        return await self._runner.read(lambda tx: feed.latest(tx, subject, limit=limit))

    async def last(self) -> int:
        """Return the cursor behind everything that has happened."""
        return await self._runner.read(feed.last)

    def watching(self) -> AbstractContextManager[Wakeup]:
        """An alarm that rings after each COMMIT with new events; see ``feed.watching``."""
        return feed.watching(self._runner)


def _page(tx: Tx, after: int, limit: int, client_id: int | None) -> FeedPage:
    events = feed.read_after(tx, after, limit, client_id=client_id)
    if len(events) == limit:
        return FeedPage(tuple(events), events[-1].seq)
    # The end of the feed was seen: what belongs to others need not be looked through again.
    return FeedPage(tuple(events), max(after, feed.last(tx)))
