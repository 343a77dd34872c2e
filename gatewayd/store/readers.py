"""Two read-only connections, each on a thread of its own, for everything that doesn't write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import trio

from gatewayd.store.session import Session
from gatewayd.store.sqlite import TrioConnection, open_raw_reader
from gatewayd.store.transaction import Tx

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Reader:
    """One connection with its session."""

    def __init__(self, connection: TrioConnection, session: Session) -> None:
        self._connection = connection
        self._session = session

    async def read(self, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        """Run the function on one snapshot. Can't be cancelled."""
        return await self._connection.call(partial(self._on_thread, function, *args))

    def _on_thread(self, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        raw = self._session.raw
        raw.execute("BEGIN")
        try:
            return function(Tx(self._session), *args)
        finally:
            if raw.in_transaction:
                raw.execute("ROLLBACK")


class Readers:
    """The connections, handed out to one reader at a time each."""

    def __init__(self, readers: list[Reader]) -> None:
        self._free = readers
        self._semaphore = trio.Semaphore(len(readers))

    async def read(self, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        """Run the function on a free connection; a caller that is cancelled while it waits for one is dropped."""
        async with self._semaphore:
            reader = self._free.pop()
            try:
                return await reader.read(function, *args)
            finally:
                self._free.append(reader)


@asynccontextmanager
async def open_session(connection: TrioConnection) -> AsyncIterator[Session]:
    """Start the connection's thread and put a session on it; close both inside a shield, or the thread never ends."""
    await connection
    try:
        session = await connection.call(lambda: Session(connection.raw))
        try:
            yield session
        finally:
            with trio.CancelScope(shield=True):
                await connection.call(session.close)
    finally:
        with trio.CancelScope(shield=True):
            await connection.close()


@asynccontextmanager
async def open_readers(path: Path, count: int) -> AsyncIterator[Readers]:
    """Open ``count`` readers of a database that the writer has open, and close them before it closes."""
    async with AsyncExitStack() as stack:
        readers = []
        for number in range(1, count + 1):
            connection = TrioConnection(partial(open_raw_reader, path), name=f"reader-{number}")
            readers.append(Reader(connection, await stack.enter_async_context(open_session(connection))))
        yield Readers(readers)
