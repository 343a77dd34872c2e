"""Bring the schema to this release's, at start: check, back up, then one transaction per step."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path

import structlog

from gatewayd.clock import Clock
from gatewayd.errors import GatewaydError
from gatewayd.store.backup import back_up_before_step
from gatewayd.store.session import Session
from gatewayd.store.settings import StoreSettings
from gatewayd.store.sqlite import TrioConnection

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Seconds that a service manager is asked to wait for one step.
_STEP_SECONDS = 600.0

log = structlog.get_logger(__name__)


class SchemaTooNew(GatewaydError):
    """The database was written by a newer gatewayd."""

    code = "schema_too_new"


@cache
def steps() -> tuple[str, ...]:
    """All revisions of this release, oldest first: the numbers that the files in ``versions/`` start with."""
    return tuple(sorted(path.name.split("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")))


def current(raw: sqlite3.Connection) -> str | None:
    """The revision that the database has, or None for an empty one."""
    found = raw.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    ).fetchone()
    if found is None:
        return None
    row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


async def migrate(
    connection: TrioConnection,
    session: Session,
    settings: StoreSettings,
    *,
    clock: Clock,
    extend: Callable[[float], None],
) -> None:
    """Run the steps that the database lacks. Raises SchemaTooNew, and StorageFull where the backup has no room."""
    found = await connection.call(current, session.raw)
    if found is not None and found not in steps():
        raise SchemaTooNew(
            f"the database {settings.path} has schema {found}, this gatewayd knows up to {steps()[-1]}: install the "
            "newer gatewayd again, or restore a backup made before it ran"
        )
    missing = [step for step in steps() if found is None or step > found]
    if not missing:
        return
    if found is not None:
        extend(_STEP_SECONDS)
        await connection.call(back_up_before_step, session.raw, settings, found, clock.now())
    for step in missing:
        extend(_STEP_SECONDS)
        await connection.call(_run_step, session, step)
        log.info("store.migrated", step=step)


def _run_step(session: Session, step: str) -> None:
    # Imported here: a start without steps to run, which is nearly every one, does without it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = session.connection
    raw = session.raw
    # https://www.sqlite.org/lang_altertable.html: rebuilding a table needs the checks off, outside of a transaction.
    raw.execute("PRAGMA foreign_keys = 0")
    try:
        raw.execute("BEGIN IMMEDIATE")
        command.upgrade(config, step)
        broken = raw.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise sqlite3.IntegrityError(f"step {step} leaves rows of {broken[0]} that refer to nothing")
        raw.execute("COMMIT")
    finally:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raw.execute("PRAGMA foreign_keys = 1")
