"""Whether this database is a copy, and so doesn't know what the original has done since.

A backup writes a mark into the copy, never into the original. Who sends from a copy for the first time finds the mark,
does what has to be done, and takes note of it.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from gatewayd.store.prepared import Prepared
from gatewayd.store.schema import to_microseconds
from gatewayd.store.tables import epoch
from gatewayd.store.transaction import Tx

_COPIED_AT = Prepared(
    select(func.min(epoch.c.copied_at, type_=epoch.c.copied_at.type)).where(epoch.c.started_at.is_(None))
)
_NUMBER = Prepared(select(func.max(epoch.c.id)))
_FORKED_AT = Prepared(
    select(func.min(epoch.c.copied_at, type_=epoch.c.copied_at.type)).where(epoch.c.id > bindparam("number"))
)
_BEGIN = Prepared(
    update(epoch)
    .where(epoch.c.started_at.is_(None))
    .values(started_at=bindparam("b_at", type_=epoch.c.started_at.type))
)


def mark(raw: sqlite3.Connection, at: datetime) -> None:
    """Write into a copy that it was made at ``at``. In no transaction: it is on disk when this returns."""
    raw.execute("INSERT INTO epoch (copied_at) VALUES (?)", (to_microseconds(at),))


def copied_at(tx: Tx) -> datetime | None:
    """Since when this copy doesn't know what the original did; None where it is no copy, or has been started."""
    found: datetime | None = _COPIED_AT.scalar(tx, {})
    return found


def number(tx: Tx) -> int | None:
    """The number of the last copy that this database has been, started or not; None: it is the original."""
    found: int | None = _NUMBER.scalar(tx, {})
    return found


def forked_at(tx: Tx, known: int | None) -> datetime | None:
    """Since when others may have gone on with what was last looked at in the copy ``known``; None: nobody has."""
    found: datetime | None = _FORKED_AT.scalar(tx, {"number": known or 0})
    return found


def begin(tx: Tx, at: datetime) -> None:
    """The copy goes its own way from here on."""
    _BEGIN.change(tx, {"b_at": at})
