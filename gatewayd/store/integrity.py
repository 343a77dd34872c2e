"""Whether the file is sound, as SQLite itself sees it."""

from __future__ import annotations

import sqlite3

#: Most findings that are listed: of a broken file there may be thousands, and one is enough.
_LISTED = 20


def findings(raw: sqlite3.Connection) -> list[str]:
    """What is wrong with the pages, indexes and references of the database; empty for nothing.

    Reads all of it. https://www.sqlite.org/pragma.html#pragma_integrity_check
    """
    rows = [str(row[0]) for row in raw.execute(f"PRAGMA integrity_check({_LISTED})")]
    broken = raw.execute("PRAGMA foreign_key_check").fetchmany(_LISTED)
    found = [] if rows == ["ok"] else rows
    return found + [f"row {row[1]} of {row[0]} refers to no row of {row[2]}" for row in broken]
