"""The recipients who want no messages, in memory: whoever submits ten thousand messages asks ten thousand times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import trio

from gatewayd.queue.optout import OPT_OUT_TOPIC
from gatewayd.queue.records import optouts as records
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx


class OptedOut:
    """Since when who has opted out, read anew after each committed change. One object for the life of ``runner``."""

    def __init__(self, runner: Runner, *, honoured: bool) -> None:
        self._runner = runner
        self._honoured = honoured
        self._fresh = not honoured
        self._changes = 0
        self._loading = trio.Lock()
        self.known: Mapping[str, datetime] = {}
        """By number (E.164), as last read; empty where opt-outs aren't honoured."""
        if honoured:
            runner.topics.subscribe(OPT_OUT_TOPIC, self._age)

    def _age(self) -> None:
        self._changes += 1
        self._fresh = False

    async def refresh(self) -> Mapping[str, datetime]:
        """``known``, as it is in the database; read from there only after a change."""
        while not self._fresh:
            async with self._loading:
                await self._load()
        return self.known

    async def _load(self) -> None:
        if self._fresh:
            return  # Another request read it while this one waited.
        seen = self._changes
        known = await self._runner.read(_read)
        if seen == self._changes:  # Otherwise these rows may be older than a change.
            self.known, self._fresh = known, True


def _read(tx: Tx) -> dict[str, datetime]:
    return {row.recipient: row.since for row in records.all_since.all(tx, {})}
