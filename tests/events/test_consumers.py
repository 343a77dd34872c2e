from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gatewayd import events
from gatewayd.events.tables import consumer
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.transaction import Tx


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


def append(tx: Tx) -> int:
    return events.append(tx, "x", subject="m", client_id=None, data={}, at=datetime(2026, 1, 1, tzinfo=UTC))


async def test_new_consumer_begins_with_the_next_event(database: InlineDatabase) -> None:
    await database.run(append)
    assert await database.run(events.register, "webhooks") == 1


async def test_new_consumer_from_the_start_begins_with_the_first_event(database: InlineDatabase) -> None:
    await database.run(append)
    assert await database.run(lambda tx: events.register(tx, "search", from_start=True)) == 0


async def test_consumer_registered_again_goes_on_where_it_was(database: InlineDatabase) -> None:
    await database.run(events.register, "webhooks")
    for _ in range(3):
        await database.run(append)
    await database.run(events.advance, "webhooks", 2)
    assert await database.run(events.register, "webhooks") == 2


@pytest.mark.parametrize(("name", "cursor"), [("webhooks", 1), ("unknown", 9)])
async def test_consumer_that_is_unknown_or_set_back_is_a_defect(
    database: InlineDatabase, name: str, cursor: int
) -> None:
    for _ in range(2):
        await database.run(append)
    await database.run(events.register, "webhooks")
    with pytest.raises(events.CursorMovedBack):
        await database.run(events.advance, name, cursor)
    assert await database.read(lambda tx: tx.execute(select(consumer.c.cursor)).scalars().all()) == [2]
