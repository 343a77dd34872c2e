"""A database without a thread: for tests on virtual time and for the simulation.

``MockClock(autojump_threshold=0)`` jumps while a database thread works, since all tasks are blocked then; here the
whole transaction happens inside the call.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import trio

from gatewayd.store.runner import Lane
from gatewayd.store.schema import metadata
from gatewayd.store.session import Session
from gatewayd.store.topics import Topics
from gatewayd.store.transaction import Tx

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class InlineDatabase:
    """The same ``run`` and ``read`` as ``Database``, each a transaction of its own, with the same order of effects.

    Makes the tables of every ``tables.py`` that has been imported. A database in memory unless a path is given.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("PRAGMA foreign_keys = 1")
        self._session = Session(raw)
        self.topics = Topics()
        self.transact(lambda tx: metadata.create_all(tx.connection))

    def __enter__(self) -> InlineDatabase:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a database in memory is gone then."""
        self._session.close()

    @property
    def full(self) -> bool:
        """Never: a full disk is an error of the test's."""
        return False

    async def run(
        self,
        function: Callable[[Tx, *Ts], T],
        *args: *Ts,
        lane: Lane = Lane.INTERACTIVE,  # noqa: ARG002 - changes nothing where nothing waits
    ) -> T:
        """Run ``function(tx, *args)`` as one transaction; see ``Runner.run``."""
        await trio.lowlevel.checkpoint_if_cancelled()
        result = self.transact(function, *args)
        await trio.lowlevel.cancel_shielded_checkpoint()
        return result

    async def read(
        self,
        function: Callable[[Tx, *Ts], T],
        *args: *Ts,
        search: bool = False,  # noqa: ARG002 - as with lanes
    ) -> T:
        """Run ``function(tx, *args)``, which must not write; see ``Runner.read``."""
        await trio.lowlevel.checkpoint()
        raw = self._session.raw
        raw.execute("PRAGMA query_only = 1")
        try:
            return function(Tx(self._session), *args)
        finally:
            raw.execute("PRAGMA query_only = 0")

    def transact(self, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        """Do what ``run`` does, for code that isn't async."""
        raw = self._session.raw
        tx = Tx(self._session)
        raw.execute("BEGIN IMMEDIATE")
        try:
            result = function(tx, *args)
            raw.execute("COMMIT")
        finally:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
        for callback in tx.callbacks:
            callback()
        self.topics.publish(tx.topics)
        return result
