"""What clients are limited to, where their messages come in: looked up for checking, and enforced while writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from gatewayd.access import limits as access
from gatewayd.access.limits import LIMITS_TOPIC, NO_LIMITS, ClientLimits
from gatewayd.errors import LimitReached
from gatewayd.queue import accounts, metrics
from gatewayd.queue.accounts import Account, QueueFull
from gatewayd.store.remembered import Remembered
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx


class Limiting:
    """The limits of all clients. One object for the life of ``runner``.

    Args:
        runner: the database, which has the truth.
        general: the limits of clients that have none of their own.
        seconds_for: in how many seconds so many parts have left, as things stand.
    """

    def __init__(
        self, runner: Runner, general: Callable[[], ClientLimits], seconds_for: Callable[[int], int]
    ) -> None:
        self._general = general
        self._seconds_for = seconds_for
        nobody: Mapping[int, ClientLimits] = {}
        self._remembered = Remembered(runner, LIMITS_TOPIC, access.of_all, empty=nobody)

    async def refresh(self) -> None:
        """Bring up to date what ``known`` tells."""
        await self._remembered.refresh()

    def known(self, client_id: int | None) -> ClientLimits:
        """A client's own limits, as last read; None: of nobody."""
        return NO_LIMITS if client_id is None else self._remembered.value.get(client_id, NO_LIMITS)

    def holding(self, tx: Tx, client_id: int) -> ClientLimits:
        """What a client is limited to: by its own limits, and else by the general ones."""
        return access.of_client(tx, client_id).over(self._general())

    def require_room(self, tx: Tx, account: Account) -> None:
        """Raise where what has just been written to ``account`` is above its client's limits: ``accounts``."""
        accounts.require_room(account, self.holding(tx, account.client_id))

    @contextmanager
    def counted(self, client: str) -> Iterator[None]:
        """Count what is refused to ``client`` (its name) inside, and say when to come again."""
        try:
            yield
        except LimitReached as limit:
            metrics.refused.labels(client, limit.code).inc()
            if isinstance(limit, QueueFull):
                limit.retry_after = self._seconds_for(limit.over)
            raise
