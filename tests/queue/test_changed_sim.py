"""A SIM that is changed, or not told: half-sent messages, doubts, quotas and rests that belong to one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.events import feed
from gatewayd.message import State
from gatewayd.queue.claim import Claim
from gatewayd.queue.journal import DatabaseJournal
from gatewayd.queue.settings import QueueSettings, QuotaSettings, QuotasSettings
from gatewayd.store.runner import Lane
from tests.power import Mains

from .conftest import Setup

LONG = "abcdefghij" * 40
FIRST_SIM, OTHER_SIM = "8934000000000000000", "8934999999999999999"


async def _begun(setup: Setup) -> tuple[str, list[str]]:
    """Start a long message, and change the SIM after its first part; return its name's states later."""
    states: list[str] = []
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(4)
        setup.air.swap_sim("phone1", OTHER_SIM)
        await setup.send(queue, "short", to="+34600000101")
        await trio.sleep(60)
        view = await setup.look(queue, name)
        states.append(f"{view.state} {view.wait_reason}")
        await trio.sleep(600)
        view = await setup.look(queue, name)
        states.append(f"{view.state} {view.error}")
        states.append(view.error_text or "")
    return name, states


async def test_half_sent_message_never_goes_on_through_another_sim(
    setup: Setup, autojump_clock: MockClock
) -> None:
    _, states = await _begun(setup)
    assert states == [
        "queued sim",
        "failed partial",
        "1 of 3 parts were sent before its SIM was taken out",
    ]
    assert setup.air.texts()[1:] == ["short"]


async def test_half_sent_message_goes_on_at_once_when_its_sim_is_back(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        journal = DatabaseJournal(setup.database, setup.clock)
        await journal.identified(setup.air.status("phone1"))
        name = await setup.send(queue, LONG)
        await trio.sleep(4)
        for iccid in (OTHER_SIM, FIRST_SIM):
            setup.air.swap_sim("phone1", iccid)
            await journal.identified(setup.air.status("phone1"))
            await trio.sleep(30)
        assert await setup.state(queue, name) is State.SENT
    assert "".join(setup.air.texts()) == LONG


async def test_half_sent_message_that_waited_for_a_retry_does_not_change_its_sim(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[1] = ("cms", 27, 1.0)
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(12)
        assert (await setup.look(queue, name)).wait_reason == "retry"
        setup.air.swap_sim("phone1", OTHER_SIM)
        await trio.sleep(100)
        assert (await setup.look(queue, name)).wait_reason == "sim"
        await trio.sleep(900)
        assert (await setup.look(queue, name)).error == "partial"
    assert len(setup.air.ledger) == 1


async def test_cancelled_rest_of_a_message_ends_when_its_sim_is_gone(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(4)
        await queue.cancel(None, name, remaining=True, actor="ana")
        setup.air.swap_sim("phone1", OTHER_SIM)
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.CANCELLED


async def test_sim_that_does_not_tell_its_number_is_taken_for_the_same(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(4)
        setup.air.swap_sim("phone1", None)
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.SENT


async def test_half_sent_message_remembers_its_sim_while_the_modem_does_not_tell_it(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(4)
        setup.air.swap_sim("phone1", None)
        await trio.sleep(6)
        assert len(setup.air.ledger) == 2
        setup.air.swap_sim("phone1", OTHER_SIM)
        await trio.sleep(60)
        assert (await setup.look(queue, name)).wait_reason == "sim"
        assert len(setup.air.ledger) == 2


async def test_doubt_about_the_old_sim_holds_nobody_up_on_the_new_one(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        await setup.send(queue, "perhaps")
        await trio.sleep(200)
        setup.air.swap_sim("phone1", OTHER_SIM)
        await setup.send(queue, "next")
        await trio.sleep(30)
    assert setup.air.texts() == ["perhaps", "next"]


async def test_quota_belongs_to_the_sim(setup: Setup, autojump_clock: MockClock) -> None:
    setup.quotas = setup.quotas.model_copy(
        update={"sim": setup.quotas.sim.model_copy(update={"hour": 2})},
    )
    async with setup.running() as queue:
        for number in range(4):
            await setup.send(queue, str(number), to=f"+3460000010{number}")
        await trio.sleep(60)
        assert setup.air.texts() == ["0", "1"]
        setup.air.swap_sim("phone1", OTHER_SIM)
        await trio.sleep(60)
        assert setup.air.texts() == ["0", "1", "2", "3"]
        setup.air.swap_sim("phone1", FIRST_SIM)
        await setup.send(queue, "4", to="+34600000104")
        await trio.sleep(60)
        assert len(setup.air.texts()) == 4


async def test_quota_of_a_sim_holds_while_it_does_not_tell_its_number(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.quotas = QuotasSettings(sim=QuotaSettings(hour=2))
    journal = DatabaseJournal(setup.database, setup.clock)
    known = setup.air.status("phone1")
    setup.air.swap_sim("phone1", None)
    async with setup.running() as queue:
        for number in range(5):
            await setup.send(queue, str(number), to=f"+3460000010{number}")
        await trio.sleep(60)
        assert setup.air.texts() == ["0", "1"]
        # It tells for the first time; then it doesn't for a while.
        await journal.identified(known)
        for iccid in (known.iccid, None):
            setup.air.swap_sim("phone1", iccid)
            await trio.sleep(60)
            assert setup.air.texts() == ["0", "1"]
        await trio.sleep(3600)
        assert setup.air.texts() == ["0", "1", "2", "3"]
        setup.air.swap_sim("phone1", known.iccid)
        await trio.sleep(60)
        assert setup.air.texts() == ["0", "1", "2", "3"]


async def test_changed_sim_is_told_by_the_last_digits_of_both(
    setup: Setup, autojump_clock: MockClock
) -> None:
    journal = DatabaseJournal(setup.database, setup.clock)
    status = setup.air.status("phone1")
    for iccid in ("8934000000000001234", "8934000000000005678"):
        await journal.identified(replace(status, iccid=iccid))
    (change,) = setup.database.transact(lambda tx: feed.timeline(tx, "phone1"))
    assert (change.kind, change.data) == ("modem.sim_changed", {"from": "…1234", "to": "…5678"})


async def test_half_sent_message_in_a_long_pause_waits_for_its_sim_from_when_that_went(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.settings = QueueSettings(retry_delays=(7.0, 1800.0))
    setup.air.lines["phone1"].refusals[1] = ("cms", 27, 1.0)
    journal = DatabaseJournal(setup.database, setup.clock)
    async with setup.running() as queue:
        await journal.identified(setup.air.status("phone1"))
        name = await setup.send(queue, LONG)
        await trio.sleep(12)
        again = (await setup.look(queue, name)).not_before
        assert again is not None
        await trio.sleep((again - setup.clock.now()).total_seconds() - 60)
        setup.air.swap_sim("phone1", OTHER_SIM)
        await journal.identified(setup.air.status("phone1"))
        await trio.sleep(90)
        assert await setup.state(queue, name) is State.QUEUED
        setup.air.swap_sim("phone1", FIRST_SIM)
        await journal.identified(setup.air.status("phone1"))
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.SENT


async def test_part_whose_claim_was_written_while_the_sim_was_changed_is_claimed_anew(
    setup: Setup, autojump_clock: MockClock
) -> None:
    class SlowDisk(Mains):
        slow = True

        async def run(self, function: Any, *args: Any, lane: Lane = Lane.INTERACTIVE) -> Any:
            result = await super().run(function, *args, lane=lane)
            if self.slow and isinstance(result, Claim):
                self.slow = False
                await trio.sleep(5)
                setup.air.swap_sim("phone1", OTHER_SIM)
            return result

    setup.mains_of = SlowDisk
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(60)
        attempts = (await queue.detail(None, name)).attempts
    assert [(attempt.outcome, attempt.fault) for attempt in attempts] == [
        ("withdrawn", "another SIM"),
        ("accepted", None),
    ]
    sims = setup.database.transact(lambda tx: list(tx.execute(text("select sim from part")).scalars()))
    assert sims == [OTHER_SIM]
