"""What the modem side wants remembered, on the database."""

from __future__ import annotations

from datetime import timedelta

from gatewayd.clock import VirtualClock
from gatewayd.queue.journal import DatabaseJournal
from gatewayd.store.inline import InlineDatabase


async def test_rung_that_helped_last_is_remembered_for_each_modem(database: InlineDatabase) -> None:
    clock = VirtualClock()
    journal, now = DatabaseJournal(database, clock), clock.now()
    assert await journal.last_worked("phone1") is None
    for minutes, rung in enumerate(("restart", "reopen", "escape")):
        assert await journal.reset_allowed("phone1", rung, now)
        if rung != "escape":
            await journal.reset_worked("phone1", rung, now + timedelta(minutes=minutes))
    assert await journal.last_worked("phone1") == "reopen"
    assert await journal.last_worked("phone2") is None


async def test_rung_that_helped_may_be_used_again_only_after_10_minutes(database: InlineDatabase) -> None:
    clock = VirtualClock()
    journal, now = DatabaseJournal(database, clock), clock.now()
    await journal.reset_allowed("phone1", "restart", now)
    await journal.reset_worked("phone1", "restart", now)
    assert not await journal.reset_allowed("phone1", "restart", now + timedelta(seconds=599))
    assert await journal.reset_allowed("phone1", "restart", now + timedelta(seconds=600))
    assert await journal.last_worked("phone1") == "restart"
