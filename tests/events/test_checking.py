from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gatewayd.events import feed
from gatewayd.events.checking import check
from gatewayd.store.inline import InlineDatabase
from tests.verifying import findings

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ("0", []),
        ("3", ["event 3 is missing"]),
        ("1, 2, 3", ["events 1 to 3 are missing"]),
        ("2, 4, 5", ["event 2 is missing", "events 4 to 5 are missing"]),
        ("1, 2, 3, 4, 5", ["events 1 to 5 are missing"]),
    ],
)
def test_gaps_in_the_feed_are_named(
    removed: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatewayd.events.checking.PAGE_ROWS", 2)
    with InlineDatabase() as database:
        for _ in range(5):
            database.transact(
                lambda tx: feed.append(tx, "modem.ready", subject="phone1", client_id=None, data={}, at=AT)
            )
        database.transact(lambda tx: tx.execute(text(f"DELETE FROM event WHERE seq IN ({removed})")))
        assert findings(database, check) == expected
