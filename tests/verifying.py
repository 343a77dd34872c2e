"""What the checks of `gatewayd verify` find in a database in memory."""

from __future__ import annotations

from gatewayd.store.checking import Check
from gatewayd.store.inline import InlineDatabase


def findings(database: InlineDatabase, *checks: Check) -> list[str]:
    """All that these checks find, each from its first page to its last."""
    found: list[str] = []
    for check in checks:
        cursor: str | None = ""
        while cursor is not None:
            page = database.transact(check, cursor)
            found += page.findings
            cursor = page.cursor
    return found
