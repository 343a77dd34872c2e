"""What people do to messages and modems: cancel, send again, pause, drain, resume; and quotas."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.errors import Conflict, NotFound
from gatewayd.events import feed
from gatewayd.message import Priority, State
from gatewayd.queue.modes import Mode
from gatewayd.queue.settings import QuotaSettings, QuotasSettings
from gatewayd.queue.view import Query
from gatewayd.store.runner import Lane
from tests.power import Mains

from .conftest import Setup


async def test_queued_message_is_cancelled_and_never_sent(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        await setup.send(queue, "first")
        name = await setup.send(queue, "second", to="+34600000002")
        view = await queue.cancel(await setup.client(), name, actor="client:shop")
        assert view.state is State.CANCELLED
        await trio.sleep(60)
    assert setup.air.texts() == ["first"]


async def test_message_at_the_modem_but_not_armed_is_cancelled(
    setup: Setup, autojump_clock: MockClock
) -> None:
    line = setup.air.lines["phone1"]
    line.before_ctrl_z = partial(trio.sleep, 1)
    async with setup.running() as queue:
        name = await setup.send(queue, "stop me")
        await trio.sleep(0.5)
        await queue.cancel(None, name, actor="ana")
        await trio.sleep(30)
        assert await setup.state(queue, name) is State.CANCELLED
    assert setup.air.texts() == []


async def test_armed_message_can_not_be_cancelled(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "gone")
        await trio.sleep(1)
        with pytest.raises(Conflict) as caught:
            await queue.cancel(None, name, actor="ana")
        assert caught.value.code == "already_submitting"
        with pytest.raises(Conflict):
            await queue.cancel(None, name, remaining=True, actor="ana")
        await trio.sleep(10)
        with pytest.raises(Conflict) as caught:
            await queue.cancel(None, name, actor="ana")
        assert caught.value.code == "already_final"


async def test_remaining_parts_are_stopped_on_request(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "abcdefghij" * 40)
        await trio.sleep(4)
        with pytest.raises(Conflict):
            await queue.cancel(None, name, actor="ana")
        await queue.cancel(None, name, remaining=True, actor="ana")
        await trio.sleep(60)
        view = await setup.look(queue, name)
    assert (view.state, view.parts_sent) == (State.CANCELLED, 1)
    assert len(setup.air.ledger) == 1


async def test_another_clients_message_does_not_exist(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    name = await setup.send(queue, "mine", client="shop")
    bank = await setup.client("bank")
    with pytest.raises(NotFound):
        await queue.detail(bank, name)
    with pytest.raises(NotFound):
        await queue.cancel(bank, name, actor="client:bank")
    assert (await queue.find(Query(client_id=bank))).messages == ()


async def test_g17_failed_message_is_sent_again_as_a_new_one(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 1, 1.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "again")
        with pytest.raises(Conflict):
            await queue.retry(None, name, actor="ana")
        await trio.sleep(10)
        receipt = await queue.retry(None, name, actor="ana")
        await trio.sleep(20)
        view = await setup.look(queue, receipt.id)
    assert (view.state, view.retry_of, receipt.possible_duplicate) == (State.SENT, name, False)
    assert setup.air.texts() == ["again"]


async def test_paused_modem_stands_still_and_a_running_one_goes_on(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await queue.set_mode("phone1", "paused", actor="ana", reason="antenna")
        await setup.send(queue, "wait")
        await trio.sleep(600)
        assert setup.air.texts() == []
        await queue.set_mode("phone1", "running", actor="ana", reason="done")
        await trio.sleep(5)
        assert setup.air.texts() == ["wait"]


async def test_draining_modem_finishes_the_message_that_it_began(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await setup.send(queue, "abcdefghij" * 40)
        await setup.send(queue, "other", to="+34600000002")
        await trio.sleep(4)
        await queue.set_mode("phone1", "draining", actor="ana", reason="maintenance")
        await trio.sleep(120)
        assert (await queue.modem("phone1")).mode == Mode.PAUSED
    assert len(setup.air.ledger) == 3
    assert "other" not in setup.air.texts()


async def test_draining_modem_waits_for_the_quota_of_its_sim_to_finish_what_it_began(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.quotas = QuotasSettings(sim=QuotaSettings(minute=1))
    async with setup.running() as queue:
        name = await setup.send(queue, "abcdefghij" * 40)
        await trio.sleep(4)
        await queue.set_mode("phone1", "draining", actor="ana", reason=None)
        await trio.sleep(4)
        assert (await queue.modem("phone1")).mode == "draining"
        await trio.sleep(200)
        assert await setup.state(queue, name) is State.SENT
        assert (await queue.modem("phone1")).mode == "paused"


async def test_draining_modem_waits_for_the_retry_of_what_it_began_and_begins_nothing_else(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[1] = ("cms", 41, 1.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "abcdefghij" * 40)
        await trio.sleep(8.5)
        assert (await setup.look(queue, name)).wait_reason == "retry"
        await queue.set_mode("phone1", "draining", actor="ana", reason="update")
        await setup.send(queue, "other", to="+34600000002", priority=Priority.HIGH)
        assert (await queue.modem("phone1")).mode == "draining"
        await trio.sleep(300)
        assert await setup.state(queue, name) is State.SENT
        assert (await queue.modem("phone1")).mode == "paused"
    assert "other" not in setup.air.texts()


async def test_drained_modem_is_still_paused_after_a_restart_and_the_feed_says_so(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await queue.set_mode("phone1", "draining", actor="ana", reason="update")
        await trio.sleep(1)
    kinds = [change.kind for change in setup.database.transact(lambda tx: feed.timeline(tx, "phone1"))]
    assert kinds == ["modem.draining", "modem.paused"]
    async with setup.running() as queue:
        modem = await queue.modem("phone1")
        assert (modem.mode, modem.mode_reason) == ("paused", "update")


async def test_modem_set_running_while_a_stop_is_being_written_ends_as_the_disk_says(
    setup: Setup, autojump_clock: MockClock
) -> None:
    """The stop is written last, so it counts: in memory as after a restart."""
    setup.mains_of = SlowStop
    setup.air.lines["phone1"].refusals[0] = ("cms", 8, 1.0)
    async with setup.running() as queue:
        await setup.send(queue, "barred")
        await trio.sleep(2)
        await queue.set_mode("phone1", "running", actor="ana", reason="looked at it")
        await trio.sleep(60)
        running = (await queue.modem("phone1")).mode
    async with setup.running() as queue:
        assert (await queue.modem("phone1")).mode == running == "stopped"


class SlowStop(Mains):
    """A database that takes 10 seconds to write an outcome."""

    async def run(self, function: Any, *args: Any, lane: Lane = Lane.INTERACTIVE) -> Any:
        if function.__name__ == "_write":
            await trio.sleep(10)
        return await super().run(function, *args, lane=lane)


class SlowWithdrawal(Mains):
    """A database that takes a while to claim, and to write that nothing came of it."""

    async def run(self, function: Any, *args: Any, lane: Lane = Lane.INTERACTIVE) -> Any:
        result = await super().run(function, *args, lane=lane)
        if function.__name__ in ("claim", "withdraw"):
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
        return result


async def test_stopping_waits_until_a_claim_is_withdrawn(setup: Setup, autojump_clock: MockClock) -> None:
    setup.mains_of = SlowWithdrawal
    queue, scheduler = setup.build()
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        name = await setup.send(queue, "not yet")
        await trio.sleep(1.5)
        assert await setup.state(queue, name) is State.SENDING
        await scheduler.drain(5)
        assert await setup.state(queue, name) is State.QUEUED
        nursery.cancel_scope.cancel()
    assert setup.air.texts() == []


async def test_broken_rule_halts_the_queue_until_somebody_resumes_it(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await queue.set_mode("phone1", "paused", actor="ana", reason="test")
        name = await setup.send(queue, "odd")
        # A part that is already accepted must never be armed again.
        setup.database.transact(
            lambda tx: tx.execute(
                text(
                    "INSERT INTO part (message_seq, number, state, modem, at) "
                    "SELECT seq, 1, 'sent', 'phone1', 0 FROM message"
                )
            )
        )
        await queue.set_mode("phone1", "running", actor="ana", reason="test")
        await trio.sleep(30)
        assert queue.obstacles()[0].code == "halted"
        await setup.send(queue, "later", to="+34600000002")
        await trio.sleep(60)
        assert setup.air.texts() == []
    async with setup.running() as queue:
        assert queue.obstacles()[0].code == "halted"
        setup.database.transact(lambda tx: tx.execute(text("DELETE FROM part")))
        await queue.resume(actor="ana", reason="looked at it")
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.SENT
    assert setup.air.texts() == ["odd", "later"]


async def test_quota_of_a_recipient_parks_its_messages_alone(setup: Setup, autojump_clock: MockClock) -> None:
    setup.quotas = QuotasSettings(recipient=QuotaSettings(hour=2))
    async with setup.running() as queue:
        names = [await setup.send(queue, f"a{n}") for n in range(3)]
        await setup.send(queue, "b", to="+34600000002")
        await trio.sleep(120)
        assert setup.air.texts() == ["a0", "a1", "b"]
        assert (await setup.look(queue, names[2])).wait_reason == "quota"
        await trio.sleep(3700)
    assert setup.air.texts() == ["a0", "a1", "b", "a2"]


async def test_quota_of_a_client_leaves_the_others_alone(setup: Setup, autojump_clock: MockClock) -> None:
    setup.quotas = QuotasSettings(client=QuotaSettings(hour=2))
    async with setup.running() as queue:
        for number in range(5):
            await setup.send(queue, f"big {number}", to=f"+346000001{number:02d}", client="big")
        await setup.send(queue, "small", to="+34600000002", client="small")
        await trio.sleep(300)
    assert sorted(setup.air.texts()) == ["big 0", "big 1", "small"]


async def test_quota_of_the_sim_is_never_exceeded_in_any_window_and_holds_over_restarts(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.interval = 0.0
    setup.quotas = QuotasSettings(sim=QuotaSettings(minute=5, hour=20))
    queue, _ = setup.build()
    for number in range(60):
        await setup.send(queue, str(number), to=f"+346000001{number:02d}")
    for _ in range(40):
        async with setup.running():
            await trio.sleep(250)
    stamps = [heard.at for heard in setup.air.ledger]
    assert len(stamps) >= 50
    for window, most in ((60, 5), (3600, 20)):
        assert all(sum(start <= stamp < start + window for stamp in stamps) <= most for start in stamps), (
            f"more than {most} in {window} s"
        )
    assert all(later >= earlier for earlier, later in pairwise(stamps))


async def test_message_is_found_by_what_people_search_for(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].barred["+34600000002"] = 1
    async with setup.running() as queue:
        sent = await setup.send(queue, "Your code is 1234", reference="order-7", type="otp")
        failed = await setup.send(queue, "other", to="+34600000002")
        await trio.sleep(60)
        at = setup.clock.now()

        async def names(**query: object) -> list[str]:
            return [m.id for m in (await queue.find(Query(**query))).messages]  # type: ignore[arg-type]

        assert await names() == [failed, sent]
        assert await names(status="sent") == [sent]
        assert await names(status="not_sent") == [failed]
        assert await names(states=(State.FAILED,)) == [failed]
        assert await names(recipient="+34600000002") == [failed]
        assert await names(reference="order-7") == [sent]
        assert await names(type="otp", client="shop") == [sent]
        assert await names(text="CODE IS") == [sent]
        assert await names(text="%") == []
        assert await names(since=at) == []
        assert await names(until=at, since=at - timedelta(minutes=2)) == [failed, sent]
        page = await queue.find(Query(limit=1))
        assert page.next is not None
        assert [m.id for m in (await queue.find(Query(limit=1, after=page.next))).messages] == [sent]
