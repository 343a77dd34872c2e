"""Consistent copies of the database."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from gatewayd.errors import StorageFull
from gatewayd.store import epoch
from gatewayd.store.faults import Stopped
from gatewayd.store.settings import StoreSettings

#: Pages of one step: 16 MiB, some 100 ms on a slow disk.
_STEP_PAGES = 4096

log = structlog.get_logger(__name__)


def _never() -> bool:
    return False


def copy_to(
    raw: sqlite3.Connection, target: Path, now: datetime, stopped: Callable[[], bool] = _never
) -> None:
    """Write one snapshot of the database to ``target``, which must not exist, and have it on disk.

    The copy is one file, and marked as a copy made ``now`` (see ``epoch``).

    On a connection's own thread, in a reading transaction where others write: without one, SQLite begins anew after
    each write. ``stopped()`` is asked after each step; once it says yes, Stopped is raised. Raises FileExistsError,
    and StorageFull where there is no room. Whatever it raises, it leaves nothing behind.
    """
    _check_room(raw, target)
    with target.open("xb") as file:
        target.chmod(0o600)
        try:
            _copy(raw, target, now, partial(_step_done, file.fileno(), stopped))
        except BaseException as error:
            target.unlink()
            # What SQLite would have removed itself, had it come to its end.
            target.with_name(target.name + "-journal").unlink(missing_ok=True)
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise StorageFull(f"no room for a backup at {target}") from error
            raise
    _sync_directory(target.parent)


def _copy(raw: sqlite3.Connection, target: Path, now: datetime, step_done: Callable[..., None]) -> None:
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        raw.backup(copy, pages=_STEP_PAGES, progress=step_done, sleep=0)
        # Without a log beside it, so that this one file is all that has to be kept.
        copy.execute("PRAGMA journal_mode = delete")
        epoch.mark(copy, now)
    finally:
        copy.close()


def _step_done(file: int, stopped: Callable[[], bool], _status: int, _left: int, _pages: int) -> None:
    if stopped():
        raise Stopped
    # Else all of it would go to the disk at the end, in one call that nothing can stop.
    os.fdatasync(file)


def _sync_directory(directory: Path) -> None:
    # The file's content is on disk; its name is only once the directory is.
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_room(raw: sqlite3.Connection, target: Path) -> None:
    (pages,) = raw.execute("PRAGMA page_count").fetchone()
    (page_size,) = raw.execute("PRAGMA page_size").fetchone()
    needed = pages * page_size
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise StorageFull(f"a backup at {target} needs {needed} bytes, and {free} are free")


def back_up_before_step(raw: sqlite3.Connection, settings: StoreSettings, found: str, now: datetime) -> None:
    """Copy a database of revision ``found`` beside itself, and drop the oldest of such copies above ``backups``."""
    path = settings.path
    target = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%S%f}.schema-{found}.backup")
    copy_to(raw, target, now)
    log.info("store.backed_up", path=str(target), schema=found)
    copies = sorted(path.parent.glob(f"{path.name}.*.schema-*.backup"))
    for old in copies[: -settings.backups]:
        old.unlink()
