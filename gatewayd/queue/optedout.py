"""The recipients who want no messages, in memory: whoever submits ten thousand messages asks ten thousand times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import trio

from gatewayd.queue.optout import OPT_OUT_TOPIC
from gatewayd.queue.pseudonyms import SIGN, Pseudonyms
from gatewayd.queue.records import optouts as records
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx


class OptedOut:
    """Since when who has opted out, read anew after each committed change. One object for the life of ``runner``."""

    def __init__(self, runner: Runner, pseudonyms: Pseudonyms, *, honoured: bool) -> None:
        self._runner = runner
        self._pseudonyms = pseudonyms
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
        known: Mapping[str, datetime] = await self._runner.read(_read)
        if any(name.startswith(SIGN) for name in known) and await self._pseudonyms.ready():
            known = _WithErased(known, self._pseudonyms)
        if seen == self._changes:  # Otherwise these rows may be older than a change.
            self.known, self._fresh = known, True


class _WithErased(Mapping[str, datetime]):
    """Looks up a number, and then its pseudonym: some of those who opted out were erased."""

    def __init__(self, known: Mapping[str, datetime], pseudonyms: Pseudonyms) -> None:
        self._known = known
        self._pseudonyms = pseudonyms

    def __getitem__(self, number: str) -> datetime:
        if number in self._known:
            return self._known[number]
        return self._known[self._pseudonyms.of(number) or number]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _read(tx: Tx) -> dict[str, datetime]:
    return {row.recipient: row.since for row in records.all_since.all(tx, {})}
