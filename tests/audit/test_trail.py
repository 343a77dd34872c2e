from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from gatewayd import audit
from gatewayd.audit.tables import audit as table
from gatewayd.clock import SystemClock
from gatewayd.store.database import open_database
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.settings import StoreSettings
from gatewayd.store.transaction import Tx

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


def record(tx: Tx, actor: str, thing: str) -> int:
    return audit.record(tx, actor=actor, action="modem.pause", object=thing, at=AT)


def objects(tx: Tx, before: int | None, actor: str | None, thing: str | None) -> list[tuple[int, str]]:
    entries = audit.page(tx, limit=2, before=before, actor=actor, object=thing)
    return [(entry.seq, entry.object) for entry in entries]


async def test_recorded_entry_is_read_as_it_was_written(database: InlineDatabase) -> None:
    seq = await database.run(
        lambda tx: audit.record(
            tx,
            actor="user:ana",
            action="modem.pause",
            object="modem:phone1",
            reason="SIM é trocado",
            before={"paused": False},
            after={"paused": True},
            at=AT,
        )
    )
    assert await database.read(lambda tx: audit.page(tx, limit=10)) == [
        audit.Entry(
            seq,
            AT,
            "user:ana",
            "modem.pause",
            "modem:phone1",
            "SIM é trocado",
            {"paused": False},
            {"paused": True},
        )
    ]


async def test_pages_go_from_the_newest_to_the_oldest_and_filter(database: InlineDatabase) -> None:
    for actor, thing in (("ana", "a"), ("rui", "b"), ("ana", "b"), ("ana", "c")):
        await database.run(record, actor, thing)
    assert await database.read(objects, None, None, None) == [(4, "c"), (3, "b")]
    assert await database.read(objects, 3, None, None) == [(2, "b"), (1, "a")]
    assert await database.read(objects, None, "ana", None) == [(4, "c"), (3, "b")]
    assert await database.read(objects, 3, "ana", None) == [(1, "a")]
    assert await database.read(objects, None, None, "b") == [(3, "b"), (2, "b")]


@pytest.mark.parametrize("change", [update(table).values(actor="nobody"), delete(table)])
async def test_entry_can_neither_be_changed_nor_removed(
    database: InlineDatabase, change: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("audit") / "audit.db"
    await database.run(record, "ana", "a")
    with pytest.raises(IntegrityError, match="append-only"):
        await database.run(lambda tx: tx.execute(change))
    # The same where the migrations have made the table.
    async with open_database(
        StoreSettings(url=f"sqlite:///{path}", reserve_mib=0), clock=SystemClock()
    ) as real:
        await real.run(record, "ana", "a")
        with pytest.raises(IntegrityError, match="append-only"):
            await real.run(lambda tx: tx.execute(change))
        assert await real.read(objects, None, None, None) == [(1, "a")]
