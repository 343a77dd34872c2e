"""Damaging a database by a statement, and what the checks find in it."""

from __future__ import annotations

from sqlalchemy import text

from gatewayd.queue.checking import check_messages
from gatewayd.store.checking import Check
from gatewayd.store.inline import InlineDatabase
from tests import verifying


def findings(database: InlineDatabase, check: Check = check_messages) -> list[str]:
    """All that a check finds."""
    return verifying.findings(database, check)


def write(database: InlineDatabase, sql: str) -> None:
    """Change what is there."""
    database.transact(lambda tx: tx.execute(text(sql)))
