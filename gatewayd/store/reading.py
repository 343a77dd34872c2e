"""A database that nobody writes to, opened only to be read: a copy, or that of a gateway that doesn't run."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from gatewayd.errors import GatewaydError, StorageFailed
from gatewayd.store import lock
from gatewayd.store.faults import is_broken, storage_failed
from gatewayd.store.migrate import current, steps
from gatewayd.store.readers import Readers, open_readers
from gatewayd.store.transaction import Tx

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class OtherSchema(GatewaydError):
    """The database is that of another release."""

    code = "other_schema"


class ReadOnly:
    """Reads; made by ``open_to_read``."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def read(self, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        """Run ``function(tx, *args)`` on one snapshot. Raises StorageFailed where the file is broken."""
        try:
            return await self._readers.read(function, *args)
        except Exception as error:
            if is_broken(error):
                raise storage_failed(error) from error
            raise


@asynccontextmanager
async def open_to_read(path: Path) -> AsyncIterator[ReadOnly]:
    """Open the file and change nothing: neither migrate nor recover it, nor write its log into it.

    Raises DatabaseLocked where a gateway runs on it, OtherSchema, and StorageFailed where it can't be read.
    """
    async with AsyncExitStack() as stack:
        lock_file = path.with_name(path.name + ".lock")
        if lock_file.exists():  # whoever writes has made it; a copy needs none
            stack.enter_context(lock.held(lock_file))
        try:
            readers = await stack.enter_async_context(open_readers(path, 1))
            found = await readers.read(lambda tx: current(tx.raw))
        except sqlite3.Error as error:
            raise StorageFailed(f"the database {path} can't be read: {error}") from error
        if found != steps()[-1]:
            raise OtherSchema(
                f"the database {path} has schema {found or 'none'}, this gatewayd knows {steps()[-1]}: "
                "use the release that wrote it"
            )
        yield ReadOnly(readers)
