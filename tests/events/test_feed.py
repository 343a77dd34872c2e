from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
from sqlalchemy import bindparam, func, literal, select

from gatewayd import events
from gatewayd.clock import SystemClock
from gatewayd.events.tables import event
from gatewayd.store.database import open_database
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.settings import StoreSettings
from gatewayd.store.transaction import Tx

AT = datetime(2026, 1, 5, 8, 0, 0, 5, tzinfo=UTC)


def happened(tx: Tx, kind: str, subject: str = "m1", client_id: int | None = None) -> int:
    return events.append(tx, kind, subject=subject, client_id=client_id, data={"kind": kind}, at=AT)


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


async def test_appended_event_is_read_as_it_was_written(database: InlineDatabase) -> None:
    data = {"error": "+CMS 38", "parts": [1, 2], "text": "ñandú 😀", "none": None}
    seq = await database.run(
        lambda tx: events.append(tx, "message.failed", subject="m1", client_id=3, data=data, at=AT)
    )
    assert await database.read(events.read_after, 0, 10) == [
        events.Event(seq, AT, "message.failed", "m1", 3, data)
    ]


async def test_read_after_a_cursor_continues_where_the_last_page_ended(database: InlineDatabase) -> None:
    for number in range(5):
        await database.run(happened, str(number))
    first = await database.read(events.read_after, 0, 3)
    rest = await database.read(events.read_after, first[-1].seq, 3)
    assert [found.kind for found in first + rest] == ["0", "1", "2", "3", "4"]
    assert await database.read(events.read_after, rest[-1].seq, 3) == []


async def test_read_after_with_filters_finds_only_what_matches_all_of_them(database: InlineDatabase) -> None:
    for client_id in (1, 2, None):
        for kind in ("sent", "failed", "queued"):
            await database.run(happened, kind, "m1", client_id)

    def kinds_of(tx: Tx, client_id: int | None, kinds: list[str] | None) -> list[tuple[int | None, str]]:
        found = events.read_after(tx, 0, 100, client_id=client_id, kinds=kinds)
        return [(one.client_id, one.kind) for one in found]

    assert await database.read(kinds_of, 2, None) == [(2, "sent"), (2, "failed"), (2, "queued")]
    assert await database.read(kinds_of, None, ["failed"]) == [(1, "failed"), (2, "failed"), (None, "failed")]
    assert await database.read(kinds_of, 1, ["sent", "queued"]) == [(1, "sent"), (1, "queued")]
    assert await database.read(kinds_of, 1, []) == []


async def test_timeline_is_of_one_subject(database: InlineDatabase) -> None:
    await database.run(happened, "queued", "m1")
    await database.run(happened, "queued", "m2")
    await database.run(happened, "sent", "m1")
    assert [one.kind for one in await database.read(events.timeline, "m1")] == ["queued", "sent"]


async def test_many_drafts_are_appended_in_their_order(database: InlineDatabase) -> None:
    drafts = [
        events.Draft(str(number), "m", None, {"n": number}, AT + timedelta(seconds=number))
        for number in range(100)
    ]
    assert await database.run(events.append_many, iter(drafts)) == 100
    found = await database.read(events.read_after, 0, 1000)
    assert [(one.seq, one.kind, one.at) for one in found] == [
        (number + 1, draft.kind, draft.at) for number, draft in enumerate(drafts)
    ]


async def test_append_from_writes_one_event_for_each_row_of_the_select(database: InlineDatabase) -> None:
    append_copies = events.AppendFrom(
        select(
            event.c.at,
            literal("copied"),
            event.c.subject,
            event.c.client_id,
            func.json_object("of", event.c.seq),
        )
        .where(event.c.kind == bindparam("kind"))
        .order_by(event.c.seq)
    )
    for subject in ("a", "b"):
        await database.run(happened, "original", subject, 7)
    with events.watching(database) as wakeup:
        assert await database.run(append_copies, {"kind": "original"}) == 2
        assert await wakeup.wait()
    copies = await database.read(lambda tx: events.read_after(tx, 0, 10, kinds=["copied"]))
    assert [(one.subject, one.client_id, one.at, one.data) for one in copies] == [
        ("a", 7, AT, {"of": 1}),
        ("b", 7, AT, {"of": 2}),
    ]


async def test_sequence_has_no_gap_where_members_of_a_group_were_rolled_back(tmp_path: Path) -> None:
    def fail_after_appending(tx: Tx) -> None:
        happened(tx, "lost")
        raise LookupError

    settings = StoreSettings(url=f"sqlite:///{tmp_path}/feed.db", reserve_mib=0)
    async with open_database(settings, clock=SystemClock()) as database, trio.open_nursery() as nursery:

        async def lose() -> None:
            with pytest.raises(LookupError):
                await database.run(fail_after_appending)

        for number in range(50):
            nursery.start_soon(database.run, happened, str(number))
            nursery.start_soon(lose)
    async with open_database(settings, clock=SystemClock()) as database:
        assert [one.seq for one in await database.read(events.read_after, 0, 1000)] == list(range(1, 51))


async def test_number_of_a_removed_event_is_not_used_again(database: InlineDatabase) -> None:
    seq = await database.run(happened, "first")
    await database.run(lambda tx: tx.execute(event.delete()).rowcount)
    assert await database.run(happened, "second") == seq + 1


async def test_watching_rings_after_a_commit_with_events_and_after_no_other(database: InlineDatabase) -> None:
    with events.watching(database) as wakeup:
        await database.run(events.last)
        assert not await wakeup.wait(until=0)
        await database.run(happened, "x")
        assert await wakeup.wait(until=0)
