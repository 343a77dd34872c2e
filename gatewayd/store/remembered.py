"""What was read from the database, in memory until a change to it is committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import trio

from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx

T = TypeVar("T")


class Remembered(Generic[T]):
    """What ``read`` returns, read anew after each COMMIT that announces ``topic``.

    For small things that are asked for at every request. One object for the life of ``runner``.
    """

    def __init__(self, runner: Runner, topic: str, read: Callable[[Tx], T], *, empty: T) -> None:
        self._runner = runner
        self._read = read
        self._fresh = False
        self._changes = 0
        self._loading = trio.Lock()
        self.value = empty
        """As last read."""
        runner.topics.subscribe(topic, self._age)

    def _age(self) -> None:
        self._changes += 1
        self._fresh = False

    async def refresh(self) -> T:
        """``value``, as it is in the database; read from there only after a change."""
        while not self._fresh:
            async with self._loading:
                await self._load()
        return self.value

    async def _load(self) -> None:
        if self._fresh:
            return  # Another task read it while this one waited.
        seen = self._changes
        value = await self._runner.read(self._read)
        if seen == self._changes:  # Otherwise it may be older than a change.
            self.value, self._fresh = value, True
