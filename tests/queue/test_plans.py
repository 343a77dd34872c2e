"""By what index SQLite finds what every claim asks for, in a database as the migrations make it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gatewayd.clock import SystemClock
from gatewayd.queue.records import turns
from gatewayd.store.database import open_database
from gatewayd.store.prepared import Prepared
from gatewayd.store.settings import StoreSettings
from gatewayd.store.transaction import Tx

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def plan(tx: Tx, statement: Prepared, values: dict[str, Any]) -> str:
    """What SQLite does for a statement, step by step."""
    said: list[str] = []
    tx.raw.set_trace_callback(said.append)
    statement.all(tx, values)
    tx.raw.set_trace_callback(None)
    return "; ".join(row[3] for row in tx.raw.execute(f"EXPLAIN QUERY PLAN {said[-1]}"))


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (turns.youngest_doubt, {"seq": 1, "recipient": "+34600000001", "sim": "8934"}),
        (turns.heads_doubted_elsewhere, {"route": "", "sim": "8934", "now": NOW}),
    ],
)
async def test_doubt_about_a_recipient_is_found_without_all_that_was_ever_sent_to_it(
    tmp_path: Path, statement: Prepared, values: dict[str, Any]
) -> None:
    settings = StoreSettings(url=f"sqlite:///{tmp_path}/queue.db")
    async with open_database(settings, clock=SystemClock()) as database:
        steps = await database.run(plan, statement, values)
    assert "ix_message_doubt (recipient=? AND sim=?)" in steps
    assert "ix_message_recipient" not in steps
