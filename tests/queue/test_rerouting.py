"""A modem or a route that leaves the configuration takes no message with it."""

from __future__ import annotations

from datetime import timedelta

import trio
from trio.testing import MockClock

from gatewayd.message import Doubt, State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.settings import RouteSettings

from .air import Air
from .conftest import Setup

LONG = "abcdefghij" * 40


def configure(setup: Setup, *modems: str) -> None:
    """As if the daemon were started with these modems now."""
    setup.modems, setup.air = modems, Air(modems)


async def test_half_sent_message_of_a_modem_that_is_gone_fails_and_holds_up_nobody(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(4)
        setup.cut_power()
    configure(setup, "phone2")
    async with setup.running() as queue:
        behind = await setup.send(queue, "behind it")
        await trio.sleep(60)
        view = await setup.look(queue, name)
        assert (view.state, view.error) == (State.FAILED, "partial")
        assert view.error_text == "1 of 3 parts were sent before modem phone1 left the configuration"
        assert await setup.state(queue, behind) is State.SENT


async def test_message_of_a_route_that_is_gone_leaves_by_the_rules_of_today(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.routes = [RouteSettings(name="spain", prefixes=("+34",), modems=("phone1",))]
    setup.air.change("phone1", LinkState.ABSENT)
    async with setup.running() as queue:
        later = setup.clock.now() + timedelta(hours=2)
        names = [
            await setup.send(queue, "at once"),
            await setup.send(queue, "later", to="+34600000002", send_at=later),
        ]
    setup.routes = []
    setup.air.change("phone1", LinkState.READY)
    async with setup.running() as queue:
        await trio.sleep(3 * 3600)
        assert [await setup.state(queue, name) for name in names] == [State.SENT] * 2


async def test_message_for_a_modem_by_name_waits_for_that_and_the_others_go(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.change("phone1", LinkState.ABSENT)
    async with setup.running() as queue:
        pinned = await setup.send(queue, "by this one only", modem="phone1")
    configure(setup, "phone2")
    async with setup.running() as queue:
        await trio.sleep(3 * 3600)
        assert await setup.state(queue, pinned) is State.QUEUED
    configure(setup, "phone1")
    async with setup.running() as queue:
        await trio.sleep(60)
        assert await setup.state(queue, pinned) is State.SENT


async def test_rest_of_a_message_that_comes_back_from_doubt_while_its_modem_is_away_fails_in_the_end(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].lost = {2}
    async with setup.running() as queue:
        name = await setup.send(queue, LONG, in_doubt=Doubt.RESEND)
        await trio.sleep(15)
        setup.air.change("phone1", LinkState.ABSENT)
        await trio.sleep(800)
        assert await setup.state(queue, name) is State.IN_DOUBT
        await trio.sleep(3600)
        view = await setup.look(queue, name)
    assert (view.state, view.error) == (State.FAILED, "partial")
