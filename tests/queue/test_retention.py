"""What is too old is wiped, once a day; what may still be sent never is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import text as sql
from trio.testing import MockClock

from gatewayd.message import State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.checking import check_accepted, check_messages
from gatewayd.queue.receiving import take_message
from gatewayd.queue.retention import Retention
from gatewayd.queue.service import Queue
from gatewayd.queue.settings import RetentionSettings
from gatewayd.queue.types import TypeDraft
from gatewayd.store.inline import InlineDatabase

from .conftest import Setup
from .mail import SENDER, mail

DAY = 24 * 3600.0
KEPT = RetentionSettings(text_days=3, number_days=10, inbox_days=20)


def retention(setup: Setup, queue: Queue, kept: RetentionSettings = KEPT) -> Retention:
    return Retention(setup.database, setup.clock, kept, queue.pseudonyms)


def rows(setup: Setup) -> list[tuple[str, str]]:
    found = "SELECT recipient, text FROM message ORDER BY seq"
    return setup.database.transact(lambda tx: [tuple(row) for row in tx.execute(sql(found))])


async def test_text_goes_first_and_then_the_number_and_the_row_stays(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await setup.send(queue, "hello", to="+34600000012")
        wiping = retention(setup, queue)
        await trio.sleep(2 * DAY)
        assert (await wiping.round()).texts == 0
        await trio.sleep(2 * DAY)
        assert (await wiping.round()).texts == 1
        assert rows(setup) == [("+34600000012", "")]
        await trio.sleep(7 * DAY)
        assert (await wiping.round()).numbers == 1
        assert rows(setup) == [("+34…12", "")]
        assert (await wiping.round()).numbers == 0
    for check in (check_messages, check_accepted):
        assert setup.database.transact(check, "").findings == ()


async def test_type_with_days_of_its_own_keeps_text_and_number_for_these(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await queue.types.put("short", TypeDraft({"en": "Short"}, keep_days=1), actor="test")
        await queue.types.put("long", TypeDraft({"en": "Long"}, keep_days=100), actor="test")
        for type_ in ("short", "long", "other"):
            await setup.send(queue, type_, to="+34600000012", type=type_)
        await trio.sleep(4 * DAY)
        done = await retention(setup, queue).round()
    assert (done.texts, done.numbers) == (2, 1)
    assert rows(setup) == [("+34…12", ""), ("+34600000012", "long"), ("+34600000012", "")]


async def test_what_waits_keeps_its_text_whatever_its_age(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.change("phone1", LinkState.ABSENT)
    async with setup.running() as queue:
        await setup.send(queue, "hello")
        await trio.sleep(400 * DAY)
        assert (await retention(setup, queue).round()).texts == 0
    assert rows(setup) == [("+34600000001", "hello")]


async def test_received_message_loses_text_and_sender(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    (octets,) = mail("a secret", SENDER, at=setup.clock.now())
    name = setup.database.transact(take_message, "phone1", "1", octets, setup.clock.now())
    assert name is not None
    await trio.sleep(21 * DAY)
    assert (await retention(setup, queue).round()).received == 1
    seen = await queue.inbox.message(name)
    assert (seen.text, seen.erased, seen.sender) == (None, True, "+34…22")


async def test_round_is_daily_and_one_that_was_missed_is_made_up_for_once(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    async with trio.open_nursery() as nursery:
        await nursery.start(retention(setup, queue).run)
        await trio.sleep(3 * DAY)
        nursery.cancel_scope.cancel()
    wiping = retention(setup, queue)
    before = await wiping.last()
    assert before is not None
    await trio.sleep(5 * DAY)
    async with trio.open_nursery() as nursery:
        await nursery.start(wiping.run)
        assert await wiping.last() == before
        await trio.sleep(3600)
        late = await wiping.last()
        assert late is not None
        assert late.ran_at - before.ran_at > timedelta(days=5)
        await trio.sleep(3600)
        assert await wiping.last() == late
        nursery.cancel_scope.cancel()


def test_number_that_would_go_before_its_text_is_refused() -> None:
    with pytest.raises(ValidationError, match="number_days must be text_days or more"):
        RetentionSettings(text_days=30, number_days=10)


_STATES = st.sampled_from(sorted(State))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_STATES, st.integers(0, 20)), max_size=12), st.integers(1, 3))
def test_round_wipes_exactly_what_is_over_and_old_and_changes_no_state(
    made: list[tuple[State, int]], rounds: int
) -> None:
    """Invariants 1 and 9: no message vanishes or changes its state by being wiped."""

    async def live() -> None:
        setup = Setup(database)
        queue, _ = setup.build()
        now = setup.clock.now()
        for number, _ in enumerate(made, start=1):
            await setup.send(queue, f"text {number}", to=f"+3460000{number:04d}")

        def age(tx: Any) -> None:
            for number, (state, days) in enumerate(made, start=1):
                ready = "1" if state in (State.QUEUED, State.SENDING) else "NULL"
                at = int((now - timedelta(days=days, hours=1)).timestamp() * 1_000_000)
                tx.execute(
                    sql(
                        f"UPDATE message SET state = '{state}', ready = {ready}, updated_at = {at} WHERE seq = {number}"
                    )
                )

        database.transact(age)
        for _ in range(rounds):
            await retention(setup, queue).round()
        kept = "SELECT state, text, recipient, erased FROM message ORDER BY seq"
        found = database.transact(lambda tx: list(tx.execute(sql(kept))))
        assert [row.state for row in found] == [state for state, _ in made]
        for (state, days), row in zip(made, found, strict=True):
            over = state not in (State.STAGED, State.QUEUED, State.SENDING, State.IN_DOUBT)
            assert (row.text == "") == (over and days >= KEPT.text_days)
            assert ("…" in row.recipient) == (over and days >= KEPT.number_days)

    with InlineDatabase() as database:
        trio.run(live)
