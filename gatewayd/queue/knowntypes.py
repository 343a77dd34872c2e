"""The types of messages: in memory for whoever submits, and as the API and the command line change them."""

from __future__ import annotations

from collections.abc import Mapping

from gatewayd.clock import Clock
from gatewayd.queue import types
from gatewayd.queue.types import TYPES_TOPIC, MessageType, TypeDraft
from gatewayd.store.remembered import Remembered
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx


class KnownTypes:
    """All types on the database ``runner``. One object for its life."""

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self._runner = runner
        self._clock = clock
        empty: Mapping[str, MessageType] = {}
        self._remembered = Remembered(runner, TYPES_TOPIC, _by_code, empty=empty)

    @property
    def known(self) -> Mapping[str, MessageType]:
        """All types by code, as last read."""
        return self._remembered.value

    async def refresh(self) -> Mapping[str, MessageType]:
        """All types by code, as they are in the database."""
        return await self._remembered.refresh()

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


def _by_code(tx: Tx) -> Mapping[str, MessageType]:
    return {type_.code: type_ for type_ in types.every(tx)}
