"""What an SQLite error means for the transactions around it.

Result codes: https://www.sqlite.org/rescode.html; which of them roll back the whole transaction by themselves:
https://www.sqlite.org/lang_transaction.html ("Response To Errors Within A Transaction").
"""

from __future__ import annotations

import enum
import sqlite3

from gatewayd.errors import StorageFailed


class Fault(enum.Enum):
    """How far an error reaches."""

    NONE = enum.auto()
    """A matter between the function and its caller."""
    FULL = enum.auto()
    """No space: this transaction can't be written now."""
    FAILED = enum.auto()
    """The file can't be trusted, or can't be written at all: nothing may be accepted any more."""


_PRIMARY = 0xFF  # an extended result code carries its primary code in the low byte
_BROKEN = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNWRITABLE = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        # We are the only writer: somebody else's lock means that the lock file was bypassed.
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def _code(error: BaseException) -> int | None:
    # SQLAlchemy wraps the driver's error and keeps it as ``orig``.
    code: int | None = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY


def classify(error: BaseException) -> Fault:
    """How far an error of a writing transaction reaches."""
    code = _code(error)
    if code == sqlite3.SQLITE_FULL:
        return Fault.FULL
    return Fault.FAILED if code in _BROKEN or code in _UNWRITABLE else Fault.NONE


class Stopped(Exception):
    """Long work on the database was told to end."""


def is_interrupted(error: BaseException) -> bool:
    """Whether work was stopped before its end, because somebody asked for that."""
    return isinstance(error, Stopped) or _code(error) == sqlite3.SQLITE_INTERRUPT


def is_broken(error: BaseException) -> bool:
    """Whether an error, of a reading transaction too, says that the file can't be trusted."""
    return _code(error) in _BROKEN


def storage_failed(error: BaseException) -> StorageFailed:
    """The StorageFailed that tells the operator of ``error``."""
    return StorageFailed(f"{StorageFailed()} SQLite says: {getattr(error, 'orig', error)}")
