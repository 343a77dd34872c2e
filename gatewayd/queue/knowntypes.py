"""The types of messages: in memory for whoever submits, and as the API and the command line change them."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from gatewayd.clock import Clock
from gatewayd.queue import types
from gatewayd.queue.types import TYPES_TOPIC, MessageType, TypeDraft
from gatewayd.store.runner import Runner


class KnownTypes:
    """All types by code, read anew after each committed change. One object for the life of ``runner``."""

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self._runner = runner
        self._clock = clock
        self._fresh = False
        self._changes = 0
        self._loading = trio.Lock()
        self.known: Mapping[str, MessageType] = {}
        """As last read."""
        runner.topics.subscribe(TYPES_TOPIC, self._age)

    def _age(self) -> None:
        self._changes += 1
        self._fresh = False

    async def refresh(self) -> Mapping[str, MessageType]:
        """``known``, as it is in the database; read from there only after a change."""
        while not self._fresh:
            async with self._loading:
                await self._load()
        return self.known

    async def _load(self) -> None:
        if self._fresh:
            return  # Another request read it while this one waited.
        seen = self._changes
        known = {type_.code: type_ for type_ in await self._runner.read(types.every)}
        if seen == self._changes:  # Otherwise these rows may be older than a change.
            self.known, self._fresh = known, True

    async def find(self, code: str) -> MessageType:
        """One type. Raises NotFound."""
        return await self._runner.read(types.find, code)

    async def put(
        self, code: str, wanted: TypeDraft, *, version: int | None = None, actor: str
    ) -> tuple[MessageType, bool]:
        """Make or change a type; return it, and whether it is new. Raises what ``types.put`` raises."""
        now = self._clock.now()
        return await self._runner.run(
            lambda tx: types.put(tx, code, wanted, version=version, actor=actor, at=now)
        )

    async def delete(self, code: str, *, version: int | None = None, actor: str) -> None:
        """Forget a type; messages keep its code. Raises NotFound and PreconditionFailed."""
        now = self._clock.now()
        await self._runner.run(lambda tx: types.delete(tx, code, version=version, actor=actor, at=now))
