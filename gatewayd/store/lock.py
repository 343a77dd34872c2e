"""One process per database: a lock file beside it, held for life."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gatewayd.errors import GatewaydError, StorageFailed


class DatabaseLocked(GatewaydError):
    """Another process has this database open."""

    code = "database_locked"


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, made where there is none.

    Raises DatabaseLocked, naming the holder's pid, and StorageFailed where the file can't be opened.

    The kernel frees it when the process ends, however it ends; the file itself stays, since removing it would let two
    processes lock two files of the same name.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageFailed(f"the lock file {path} can't be opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise DatabaseLocked(
                f"the database is in use by process {holder} (lock file {path}): stop that gatewayd first, or ask it "
                "through its API"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
