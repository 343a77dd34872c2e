"""Consistent copies of the database."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

import structlog

from gatewayd.errors import StorageFull
from gatewayd.store import epoch
from gatewayd.store.settings import StoreSettings

log = structlog.get_logger(__name__)


def copy_to(raw: sqlite3.Connection, target: Path, now: datetime) -> None:
    """Write one snapshot of the database to ``target``, which must not exist, and have it on disk.

    The copy is one file, and marked as a copy made ``now`` (see ``epoch``).

    On a connection's own thread and outside of a transaction. Raises FileExistsError; StorageFull where there is no
    room, and then leaves nothing behind.
    """
    _check_room(raw, target)
    with target.open("xb"):
        pass
    target.chmod(0o600)
    try:
        copy = sqlite3.connect(target, isolation_level=None)
        try:
            raw.backup(copy)
            # Without a log beside it, so that this one file is all that has to be kept.
            copy.execute("PRAGMA journal_mode = delete")
            epoch.mark(copy, now)
        finally:
            copy.close()
    except sqlite3.Error as error:
        target.unlink()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            raise StorageFull(f"no room for a backup at {target}") from error
        raise
    _sync_directory(target.parent)


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
