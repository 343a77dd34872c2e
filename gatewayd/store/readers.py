"""Read-only connections, each on a thread of its own, for everything that doesn't write.

A search of a million rows takes seconds. It is stopped at a limit, and when its caller is gone; and one connection
never searches, so that whoever looks up a single message doesn't wait for those who look through all of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import trio

from gatewayd.errors import SearchTooLong
from gatewayd.store.faults import is_interrupted
from gatewayd.store.session import Session
from gatewayd.store.sqlite import TrioConnection, open_raw_reader
from gatewayd.store.transaction import Tx

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


#: Steps of SQLite's machine between two looks at the limit: 10 to 20 ms. Each look needs the interpreter's lock, for
#: which a busy event loop may let us wait 5 ms.
_STEPS = 500_000


class Watch:
    """Tells one piece of work on a connection's thread when to stop."""

    def __init__(self, seconds: float = math.inf) -> None:
        self._seconds = seconds
        self._deadline = math.inf
        self.cancelled = False

    def begin(self) -> None:
        """Let the time run. It is the thread's own, so that waiting for a connection costs none of it."""
        self._deadline = time.monotonic() + self._seconds

    def cancel(self) -> None:
        """Let it stop at the next look. From any thread."""
        self.cancelled = True

    def over(self) -> bool:
        """Whether it has to stop."""
        return self.cancelled or time.monotonic() > self._deadline


class Reader:
    """One connection with its session."""

    def __init__(self, connection: TrioConnection, session: Session) -> None:
        self._connection = connection
        self._session = session

    async def read(self, limit: float, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        """Run the function on one snapshot, for ``limit`` seconds at most (then: SearchTooLong)."""
        watch = Watch(limit)
        return await self.read_watched(watch, function, *args)

    async def read_watched(self, watch: Watch, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        """Run the function on one snapshot until ``watch`` says that it is over."""
        work = partial(self._on_thread, watch, function, *args)
        try:
            return await self._connection.call_until_cancelled(watch.cancel, work)
        except Exception as error:
            if not is_interrupted(error):
                raise
            await trio.lowlevel.checkpoint_if_cancelled()
            raise SearchTooLong from None

    def _on_thread(self, watch: Watch, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        raw = self._session.raw
        watch.begin()
        raw.set_progress_handler(watch.over, _STEPS)
        try:
            raw.execute("BEGIN")
            return function(Tx(self._session), *args)
        finally:
            raw.set_progress_handler(None, 0)
            if raw.in_transaction:
                raw.execute("ROLLBACK")


class Readers:
    """The connections, handed out to one reader at a time each; searches leave one of several to the others."""

    def __init__(self, readers: list[Reader], limit: float = math.inf) -> None:
        self._free = readers
        self._limit = limit
        self._semaphore = trio.Semaphore(len(readers))
        self._searches = trio.Semaphore(max(1, len(readers) - 1))

    async def read(self, function: Callable[[Tx, *Ts], T], *args: *Ts, search: bool = False) -> T:
        """Run the function on a free connection; see ``Runner.read``."""
        async with self._searches if search else nullcontext(), self._semaphore:
            reader = self._free.pop()
            try:
                return await reader.read(self._limit, function, *args)
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
async def open_reader(path: Path, name: str) -> AsyncIterator[Reader]:
    """Open a reader of a database that the writer has open, and close it before that closes."""
    connection = TrioConnection(partial(open_raw_reader, path), name=name)
    async with open_session(connection) as session:
        yield Reader(connection, session)


@asynccontextmanager
async def open_readers(path: Path, count: int, limit: float = math.inf) -> AsyncIterator[Readers]:
    """Open ``count`` readers, each read of which takes ``limit`` seconds at most."""
    async with AsyncExitStack() as stack:
        readers = [
            await stack.enter_async_context(open_reader(path, f"reader-{number}"))
            for number in range(1, count + 1)
        ]
        yield Readers(readers, limit)
