"""Checks of what a database holds, page by page, so that neither a snapshot nor a person waits long for one.

Each package checks its own rows with a function ``check(tx, cursor) -> CheckPage``. ``cursor`` is '' to begin with and
then what the page before returned: a word that only its own check understands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gatewayd.store import integrity
from gatewayd.store.faults import is_broken
from gatewayd.store.transaction import Tx

#: Rows of one page.
PAGE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class CheckPage:
    """What a page of a check found."""

    findings: tuple[str, ...]
    """What is wrong, in words."""
    rows: int
    """How many rows were looked at."""
    cursor: str | None
    """Where to go on; None: at the end."""


Check = Callable[[Tx, str], CheckPage]


def check_file(tx: Tx, _cursor: str) -> CheckPage:
    """Pages, indexes and references, as SQLite itself sees them; all at once."""
    return CheckPage(tuple(integrity.findings(tx.raw)), 0, None)


def look_through(numbers: Sequence[int], look: Callable[[int, int], list[str]], what: str) -> list[str]:
    """What ``look(first, last)`` finds in the rows with these numbers; where it can't read them, row by row.

    ``numbers`` ascend, and none of the table's lies between them. ``what`` such a row is called in findings.
    """
    if not numbers:
        return []
    try:
        return look(numbers[0], numbers[-1])
    except Exception as error:
        if not unreadable(error):
            raise
        if len(numbers) == 1:
            return [f"{what} number {numbers[0]} can't be read: {in_words(error)}"]
    middle = len(numbers) // 2
    return look_through(numbers[:middle], look, what) + look_through(numbers[middle:], look, what)


def in_words(error: Exception) -> str:
    """What an unreadable row is said to be; what is in it is left out, for it may be a text or a number."""
    return str(error).partition(" with text ")[0]


def unreadable(error: Exception) -> bool:
    """Whether an error while rows were read says that a value in them is none that was ever written.

    A number that is no time, a text that is no UTF-8. False where the file itself can't be read.
    """
    if isinstance(error, sqlite3.Error):
        return isinstance(error, sqlite3.OperationalError) and not is_broken(error)
    return isinstance(error, (ValueError, TypeError, OverflowError))
