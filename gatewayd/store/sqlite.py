"""aiosqlite on trio: its connection and its thread, without an asyncio loop.

``aiosqlite.Connection`` puts ``(future, function)`` on a queue; its thread calls the function and then
``future.get_loop().call_soon_threadsafe(set_result, future, result)``. Nothing in that needs asyncio: a future that
is its own loop, and hands over by trio's token, is enough. What is relied upon is guarded by
``tests/store/test_aiosqlite_contract.py``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

import aiosqlite
import outcome
import trio

from gatewayd.errors import StorageFailed

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: Seconds to wait for a lock that is not ours: recovery by another connection at opening takes one for a moment.
_BUSY_SECONDS = 5.0
#: Statements that the driver keeps prepared per connection: more than all packages have.
_CACHED_STATEMENTS = 512
_WRITER_PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a COMMIT is on disk when it returns
    "foreign_keys": 1,
    "cache_size": -8192,  # KiB; with 2 MiB, a million messages make each insert read pages again
    "secure_delete": 1,  # what is erased is overwritten; no difference was measured, and Debian's SQLite does it anyway
    "wal_autocheckpoint": 0,  # Writer.checkpoint does it, and sees the errors
}


class TrioFuture:
    """The result of a call on aiosqlite's thread: an awaitable that also plays the loop it belongs to.

    Waiting for it can't be cancelled: what the thread has taken runs to its end. But ``on_cancel`` is called, once,
    where somebody tries to, and may make that end come soon.
    """

    __slots__ = ("_on_cancel", "_outcome", "_task", "_token")

    def __init__(self, on_cancel: Callable[[], None] | None = None) -> None:
        self._on_cancel = on_cancel
        self._token = trio.lowlevel.current_trio_token()
        self._task: trio.lowlevel.Task | None = None
        self._outcome: outcome.Outcome[Any] | None = None

    def get_loop(self) -> TrioFuture:
        """Itself: the two calls that aiosqlite makes on a loop are answered here."""
        return self

    def call_soon_threadsafe(self, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Call ``callback(*args)`` on the trio thread."""
        # Only a connection that was dropped unclosed is stopped without anybody waiting: nobody is left to be told.
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(callback, *args)

    def done(self) -> bool:
        """Whether a result or an exception has been set."""
        return self._outcome is not None

    def set_result(self, result: object) -> None:
        """Settle with a result. On the trio thread."""
        self._settle(outcome.Value(result))

    def set_exception(self, error: BaseException) -> None:
        """Settle with an exception. On the trio thread."""
        self._settle(outcome.Error(error))

    def _settle(self, settled: outcome.Outcome[Any]) -> None:
        self._outcome = settled
        if self._task is not None:
            trio.lowlevel.reschedule(self._task)

    async def _wait(self) -> Any:
        if self._outcome is None:
            self._task = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._abort)
        assert self._outcome is not None  # noqa: S101 - only _settle reschedules
        return self._outcome.unwrap()

    def _abort(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        if self._on_cancel is not None:
            self._on_cancel()
        return trio.lowlevel.Abort.FAILED

    def __await__(self) -> Generator[Any, None, Any]:
        return self._wait().__await__()


class TrioConnection(aiosqlite.Connection):
    """``aiosqlite.Connection`` for trio: opened with ``await``, and used through ``call``."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], *, name: str) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.name = f"gatewayd-db-{name}"

    async def call(self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Run ``function(*args)`` on the connection's thread and return its result. Can't be cancelled."""
        result: T = await self._execute(function, *args)
        return result

    async def call_until_cancelled(self, stop: Callable[[], None] | None, function: Callable[[], T]) -> T:
        """Run ``function()`` as ``call`` does; ``stop()`` is called where the caller is cancelled meanwhile.

        What the function then returns or raises still comes out, once it has ended.
        """
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        future = TrioFuture(stop)
        self._tx.put_nowait((future, function))  # type: ignore[arg-type] # not asyncio's
        result: T = await future
        return result

    @property
    def raw(self) -> sqlite3.Connection:
        """The driver's connection: to be touched on the connection's thread only."""
        return self._conn

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self.call_until_cancelled(None, partial(fn, *args, **kwargs))

    async def _connect(self) -> TrioConnection:
        if self._connection is None:
            try:
                future = TrioFuture()
                self._tx.put_nowait((future, self._connector))  # type: ignore[arg-type] # not asyncio's
                self._connection = await future
            except BaseException:
                # Waited for, so that the thread doesn't report to a run that has ended meanwhile.
                stopped = self.stop()
                if stopped is not None:
                    await stopped
                raise
        return self

    def stop(self) -> TrioFuture | None:  # type: ignore[override] # not asyncio's
        """Let the thread close the connection and end. Outside of trio (interpreter's end) nobody is told."""
        self._running = False
        try:
            future = TrioFuture()
        except RuntimeError:
            future = None
        self._tx.put_nowait((future, self._close_and_stop))  # type: ignore[arg-type] # not asyncio's
        return future

    def _close_and_stop(self) -> object:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return aiosqlite.core._STOP_RUNNING_SENTINEL


def _open(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS, cached_statements=_CACHED_STATEMENTS
    )


def open_raw_writer(path: Path) -> sqlite3.Connection:
    """Open the file for writing, made where there is none: WAL, every COMMIT on disk, foreign keys checked.

    Raises StorageFailed where that can't be had.
    """
    try:
        # It holds texts and numbers: for nobody else to read, and SQLite gives its other files the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        raw = _open(f"{path.absolute().as_uri()}?mode=rw")
        _set(raw, _WRITER_PRAGMAS)
    except (sqlite3.Error, OSError) as error:
        raise StorageFailed(f"the database {path} can't be used: {error}") from error
    return raw


def open_raw_reader(path: Path) -> sqlite3.Connection:
    """Open the file for reading only, twice over: with ``query_only`` alone it would still checkpoint."""
    raw = _open(f"{path.absolute().as_uri()}?mode=ro")
    _set(raw, {"query_only": 1})
    return raw


def _set(raw: sqlite3.Connection, pragmas: dict[str, str | int]) -> None:
    # An unknown or impossible PRAGMA is no error for SQLite: each is read back.
    for name, value in pragmas.items():
        raw.execute(f"PRAGMA {name} = {value}").fetchone()
        (found,) = raw.execute(f"PRAGMA {name}").fetchone()
        if found != value:
            raise sqlite3.OperationalError(f"PRAGMA {name} stays {found!r} where {value!r} is needed")
