"""The power of one simulated process, and its cut: kill -9 for code that runs inside the test."""

from __future__ import annotations

from typing import Any

from gatewayd.store.inline import InlineDatabase
from gatewayd.store.runner import Lane


class PowerCut(BaseException):
    """The process is gone in the middle of what it did."""


class Mains:
    """The database as one process has it, until the power is cut."""

    def __init__(self, database: InlineDatabase) -> None:
        self._database = database
        self.on = True
        self.topics = database.topics
        self.full = False

    async def run(self, function: Any, *args: Any, lane: Lane = Lane.INTERACTIVE) -> Any:
        self._check()
        return await self._database.run(function, *args, lane=lane)

    async def read(self, function: Any, *args: Any, search: bool = False) -> Any:
        self._check()
        return await self._database.read(function, *args, search=search)

    def _check(self) -> None:
        if not self.on:
            raise PowerCut
