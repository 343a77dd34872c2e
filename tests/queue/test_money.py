"""What messages cost, and what a client may spend in a month."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.errors import LimitReached
from gatewayd.message import State
from gatewayd.queue.prices import Prices
from gatewayd.queue.service import Queue
from gatewayd.queue.settings import PricesSettings

from .accounting import sound, usage
from .conftest import Setup

CENT = 10_000  # micros
LONG = "abcdefghij" * 40  # three parts


@pytest.fixture
def priced(setup: Setup) -> Setup:
    setup.prices = PricesSettings(
        default=Decimal("0.10"), countries={"ES": Decimal("0.05")}, prefixes={"+34699": Decimal("0.01")}
    )
    return setup


async def spent(setup: Setup, queue: Queue, client: str = "shop") -> int:
    return (await usage(setup, queue, client)).money.used


@pytest.mark.parametrize(
    ("recipient", "region", "micros"),
    [("+34699000001", "ES", 1 * CENT), ("+34600000001", "ES", 5 * CENT), ("+351912345678", "PT", 10 * CENT)],
)
def test_price_of_the_longest_prefix_then_of_the_country_then_the_default(
    recipient: str, region: str, micros: int
) -> None:
    prices = Prices(
        PricesSettings(
            default=Decimal("0.10"),
            countries={"ES": Decimal("0.05")},
            prefixes={"+34": Decimal("0.07"), "+34699": Decimal("0.01"), "+346000": Decimal("0.05")},
        )
    )

    assert prices.of(recipient, region) == micros


async def test_money_is_charged_at_acceptance_and_refused_above_the_limit(
    priced: Setup, autojump_clock: MockClock
) -> None:
    await priced.limit(money_per_month=25 * CENT)
    queue, _ = priced.build()
    await priced.send(queue, LONG)
    await priced.send(queue, "x", to="+351912345678")

    with pytest.raises(LimitReached) as raised:
        await priced.send(queue, "y")

    assert raised.value.code == "money_spent"
    # From Monday, 5 January 2026 to the first of February.
    assert 26 * 86_400 < raised.value.retry_after < 27 * 86_400
    assert await spent(priced, queue) == 25 * CENT
    again, _ = priced.build()
    assert await spent(priced, again) == 25 * CENT


async def test_money_of_the_next_month_is_other_money(priced: Setup) -> None:
    await priced.limit(money_per_month=5 * CENT)
    queue, _ = priced.build()
    await priced.send(queue, "x")
    priced.clock.wall_offset += timedelta(days=31)

    await priced.send(queue, "y")

    assert await spent(priced, queue) == 5 * CENT


async def test_money_of_what_is_cancelled_or_expired_is_given_back(
    priced: Setup, autojump_clock: MockClock
) -> None:
    priced.air.lines["phone1"].barred["+34600000009"] = 1
    async with priced.running() as queue:
        refused = await priced.send(queue, LONG, to="+34600000009")
        soon = priced.clock.now() + timedelta(seconds=1)
        expiring = await priced.send(queue, "late", to="+34600000003", expires_at=soon)
        cancelled = await priced.send(queue, "never", to="+34600000002")
        await queue.cancel(None, cancelled, actor="ana")
        await trio.sleep(60)
        states = [await priced.state(queue, name) for name in (refused, expiring, cancelled)]
        assert states == [State.FAILED, State.EXPIRED, State.CANCELLED]
        assert await spent(priced, queue) == 0
    assert sound(priced)


async def test_money_of_the_parts_that_left_stays_spent(priced: Setup, autojump_clock: MockClock) -> None:
    async with priced.running() as queue:
        name = await priced.send(queue, LONG)
        await trio.sleep(8)
        await queue.cancel(None, name, remaining=True, actor="ana")
        await trio.sleep(60)
        view = await priced.look(queue, name)
        assert (view.state, view.parts_sent) == (State.CANCELLED, 2)
        assert await spent(priced, queue) == 2 * 5 * CENT


@pytest.mark.parametrize(("verdict", "cents"), [("failed", 0), ("sent", 5), ("resend", 5)])
async def test_money_of_a_message_in_doubt_follows_its_verdict(
    priced: Setup, autojump_clock: MockClock, verdict: str, cents: int
) -> None:
    priced.air.lines["phone1"].silent.add(0)
    async with priced.running() as queue:
        name = await priced.send(queue, "perhaps")
        await trio.sleep(200)
        assert await spent(priced, queue) == 5 * CENT
        await queue.resolve(None, name, verdict, actor="ana", reason="seen")
        await trio.sleep(30)
        assert await spent(priced, queue) == cents * CENT
    assert sound(priced)


async def test_price_that_changes_later_changes_nothing_that_was_accepted(priced: Setup) -> None:
    queue, _ = priced.build()
    name = await priced.send(queue, "x")
    priced.prices = PricesSettings(default=Decimal(9))
    dearer, _ = priced.build()

    await dearer.cancel(None, name, actor="ana")

    assert await spent(priced, dearer) == 0


async def test_backlog_is_what_waits_after_whatever_happens(
    priced: Setup, autojump_clock: MockClock, database: Any
) -> None:
    line = priced.air.lines["phone1"]
    line.refusals, line.silent = {3: ("cms", 38, 1.0), 9: ("cms", 42, 1.0)}, {5}
    async with priced.running() as queue:
        for number in range(12):
            await priced.send(queue, LONG if number % 3 == 0 else "x", to=f"+346000001{number:02d}")
            assert sound(priced)
        for _ in range(60):
            await trio.sleep(20)
            assert sound(priced)
        total = database.transact(
            lambda tx: tx.execute(text("select sum(charged * price) from message")).scalar()
        )
        assert await spent(priced, queue) == total
