"""What an SQLite error means for the group of transactions in which it happened.

Result codes: https://www.sqlite.org/rescode.html; which of them roll back the whole transaction by themselves:
https://www.sqlite.org/lang_transaction.html ("Response To Errors Within A Transaction").
"""

from __future__ import annotations

import enum
import sqlite3


class Fault(enum.Enum):
    """How far an error reaches."""

    NONE = enum.auto()
    """A matter between the function and its caller."""
    FULL = enum.auto()
    """No space: this transaction can't be written now."""
    FAILED = enum.auto()
    """The file can't be trusted, or can't be written at all: nothing may be accepted any more."""


_PRIMARY = 0xFF  # an extended result code carries its primary code in the low byte
_FAILED = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        # We are the only writer: somebody else's lock means that the lock file was bypassed.
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def driver_error(error: BaseException) -> sqlite3.Error | None:
    """The driver's error inside ``error`` (SQLAlchemy wraps it), or None where there is none."""
    inner = getattr(error, "orig", error)
    return inner if isinstance(inner, sqlite3.Error) else None


def classify(error: BaseException) -> Fault:
    """How far ``error`` reaches."""
    inner = driver_error(error)
    code = getattr(inner, "sqlite_errorcode", None)
    if code is None:
        return Fault.NONE
    primary = code & _PRIMARY
    if primary == sqlite3.SQLITE_FULL:
        return Fault.FULL
    return Fault.FAILED if primary in _FAILED else Fault.NONE
