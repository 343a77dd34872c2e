"""Batches at work: what is sent, exactly once; pausing, cancelling, restarting in the middle."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock

from gatewayd.access.limits import LimitsChange
from gatewayd.batches import checkrun, worker
from gatewayd.batches.states import State
from gatewayd.batches.view import BatchDraft, Options
from gatewayd.errors import Conflict, NotFound, PreconditionFailed
from gatewayd.events import feed
from gatewayd.message import Priority
from gatewayd.message import State as MessageState
from gatewayd.modem.ports import LinkState
from tests.power import Mains

from .conftest import Office


def many(count: int) -> str:
    return "to,name\n" + "".join(f"+346{number:08},N{number}\n" for number in range(count))


async def test_approved_batch_is_sent_in_its_order_and_then_done(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        approved = await batches.approve(by, made.id, version=made.version)
        assert (approved.state, approved.approved_by) == (State.APPROVED, by.actor)
        view = await office.reach(batches, made.id, State.DONE)
        rows = await office.rows(batches, made.id)
        detail = await batches.detail(None, made.id)
    assert office.setup.air.texts() == ["Hello Ana", "Hello Rui", "Hello Ewa"]
    assert (view.submitted, view.finished_at is not None) == (3, True)
    assert detail.messages == {MessageState.SENT: 3}
    assert [(row.state, row.cells, row.text) for row in rows] == [("submitted", (), None)] * 3
    assert [row.to for row in rows] == ["+34600000001", "+34600000002", "+34600000003"]
    assert all(row.message_id and row.message_state is MessageState.SENT for row in rows)
    kinds = [event.kind for event in office.setup.database.transact(lambda tx: feed.timeline(tx, made.id))]
    assert kinds == [f"batch.{state}" for state in ("draft", "checked", "approved", "running", "done")]


async def test_batch_shares_nothing_with_other_clients(office: Office, autojump_clock: MockClock) -> None:
    async with office.running() as batches:
        by, other = await office.token(), await office.token("other")
        made = await office.make(batches, by)
        for deed in (batches.approve, batches.pause, batches.resume, batches.cancel, batches.recheck):
            with pytest.raises(NotFound):
                await deed(other, made.id)
        with pytest.raises(NotFound):
            await batches.detail(other.sees, made.id)
        with pytest.raises(NotFound):
            await batches.rows(other.sees, made.id)
        assert (await batches.page(other.sees)).batches == ()
        assert [view.id for view in (await batches.page(by.sees)).batches] == [made.id]


async def test_step_of_somebody_who_saw_an_older_version_is_refused(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        with pytest.raises(PreconditionFailed):
            await batches.cancel(by, made.id, version=made.version - 1)


async def test_batch_without_a_good_row_can_not_be_approved(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by, "to,name\n12,Ana\n")
        with pytest.raises(Conflict) as refused:
            await batches.approve(by, made.id)
    assert refused.value.code == "nothing_to_send"


async def test_restart_between_any_two_transactions_sends_every_row_once(
    office: Office, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power is cut before each write of a run in turn, until one gets through to the end."""
    monkeypatch.setattr(worker, "FEED", 3)
    monkeypatch.setattr(checkrun, "CHECK", 4)
    setup = office.setup
    queue, _ = setup.build()
    made, _ = await office.build(queue).create(await office.token(), *office.hello(many(10)))
    setup.air.change("phone1", LinkState.ABSENT, "no such port")
    cuts, submitted = 0, 0
    while submitted < 10:
        cuts += 1
        assert cuts < 100
        async with office.running() as batches:
            cut_after(setup.mains, cuts % 4)
            with trio.move_on_after(5):
                while True:
                    view = await batches.find(None, made.id)
                    submitted = view.submitted
                    if view.state is State.CHECKED:
                        await batches.approve(await office.token(), made.id)
                    await trio.sleep(1)
    assert cuts > 5
    setup.air.change("phone1", LinkState.READY)
    async with office.running() as batches:
        await office.reach(batches, made.id, State.DONE)
        rows = await office.rows(batches, made.id)
    assert Counter(setup.air.texts()) == Counter(f"Hello N{number}" for number in range(10))
    assert len({row.message_id for row in rows}) == 10


def cut_after(mains: Mains, writes: int) -> None:
    """Cut the power of a process after so many transactions in the bulk lane."""
    run = mains.run
    left = writes

    async def counted(function, *args, lane=worker.Lane.INTERACTIVE):  # type: ignore[no-untyped-def]
        nonlocal left
        if lane is worker.Lane.BULK:
            left -= 1
            if left < 0:
                mains.on = False
        return await run(function, *args, lane=lane)

    mains.run = counted  # type: ignore[method-assign]


async def test_paused_batch_sends_nothing_more_until_it_is_resumed(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by, many(20))
        await batches.approve(by, made.id)
        await trio.sleep(30)
        paused = await batches.pause(by, made.id, reason="wrong list")
        begun = len(office.setup.air.texts())
        assert 3 <= begun <= 6
        await trio.sleep(600)
        assert (paused.state, paused.reason) == (State.PAUSED, "wrong list")
        assert len(office.setup.air.texts()) <= begun + 1  # the one at the modem
        waits = {
            (await office.queue.detail(None, row.message_id)).message.wait_reason
            for row in await office.rows(batches, made.id)
            if row.message_id and row.message_state is MessageState.QUEUED
        }
        assert waits == {"paused"}
        await batches.resume(by, made.id)
        await office.reach(batches, made.id, State.DONE)
    assert office.setup.air.texts() == [f"Hello N{number}" for number in range(20)]


async def test_pause_holds_at_once_though_nothing_is_parked_yet(
    office: Office, autojump_clock: MockClock
) -> None:
    """The worker stands still: what a claim comes upon it parks itself."""
    async with office.setup.running() as sending:
        batches = office.build(sending)
        by = await office.token()
        made, _ = await batches.create(by, *office.hello(many(5)))
        while (await batches.find(None, made.id)).state is not State.CHECKED:
            await batches.turn()
        await batches.approve(by, made.id)
        while (await batches.find(None, made.id)).submitted < 5:
            await batches.turn()
        await batches.pause(by, made.id)
        begun = len(office.setup.air.texts())
        await office.setup.send(sending, "another's", to="+34611111111", client="other")
        await trio.sleep(600)
        assert office.setup.air.texts()[-1] == "another's"
        assert len(office.setup.air.texts()) <= begun + 2


async def test_message_of_another_kind_waits_behind_no_held_one(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        await batches.approve(by, made.id)
        await office.reach(batches, made.id, State.RUNNING)
        await trio.sleep(0.5)
        await batches.pause(by, made.id)
        await trio.sleep(10)
        before = len(office.setup.air.texts())
        await office.setup.send(office.queue, "urgent", to="+34600000003", priority=Priority.BULK)
        await trio.sleep(60)
    assert office.setup.air.texts()[before:] == ["urgent"]


async def test_scheduled_batch_keeps_its_time_through_a_pause(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        at = office.setup.clock.now() + timedelta(hours=2)
        draft = BatchDraft("later", text="Hello {{ name }}", options=Options(send_at=at))
        made = await office.make(batches, by, draft=draft)
        await batches.approve(by, made.id)
        await trio.sleep(60)
        await batches.pause(by, made.id)
        await trio.sleep(60)
        await batches.resume(by, made.id)
        await trio.sleep(3600)
        assert office.setup.air.texts() == []
        await office.reach(batches, made.id, State.DONE)
    assert len(office.setup.air.texts()) == 3


async def test_scheduled_batch_that_is_paused_over_its_time_is_sent_once_it_goes_on(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        at = office.setup.clock.now() + timedelta(minutes=10)
        draft = BatchDraft("later", text="Hello {{ name }}", options=Options(send_at=at))
        made = await office.make(batches, by, draft=draft)
        await batches.approve(by, made.id)
        await trio.sleep(60)
        await batches.pause(by, made.id)
        await trio.sleep(1800)
        assert office.setup.air.texts() == []
        await batches.resume(by, made.id)
        await office.reach(batches, made.id, State.DONE)
    assert len(office.setup.air.texts()) == 3


async def test_cancelled_batch_sends_nothing_more_and_its_messages_say_why(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by, many(20))
        await batches.approve(by, made.id)
        await trio.sleep(30)
        await batches.cancel(by, made.id, reason="wrong list")
        begun = len(office.setup.air.texts())
        await trio.sleep(600)
        sent = len(office.setup.air.texts())
        assert sent <= begun + 1
        detail = await batches.detail(None, made.id)
        assert detail.messages == {MessageState.SENT: sent, MessageState.CANCELLED: 20 - sent}
        last = (await office.rows(batches, made.id))[-1]
        assert last.message_id is not None
        assert (await office.queue.detail(None, last.message_id)).message.error == "batch_cancelled"
        waiting = await office.queue.depth()
    assert sum(waiting.waiting.values()) == 0


async def test_row_whose_recipient_opted_out_since_the_check_is_skipped_and_says_so(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        await office.queue.opt_outs.add("+34600000002", reason="asked by phone", actor="user:ana")
        await batches.approve(by, made.id)
        await office.reach(batches, made.id, State.DONE)
        detail = await batches.detail(None, made.id)
        (row,) = (await batches.rows(None, made.id, errors=True)).rows
    assert office.setup.air.texts() == ["Hello Ana", "Hello Ewa"]
    assert (detail.batch.submitted, detail.batch.skipped) == (2, 1)
    assert (row.number, row.state, row.errors[0].code) == (2, "skipped", "opted_out")


async def test_batch_larger_than_its_client_may_have_waiting_goes_in_as_there_is_room(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by, many(30))
        await office.setup.access.change_limits(LimitsChange("shop", {"queue_cap": 5}), actor="user:ana")
        await batches.approve(by, made.id)
        await trio.sleep(60)
        waiting = await office.queue.depth()
        assert 1 <= sum(waiting.parts.values()) <= 5
        await office.reach(batches, made.id, State.DONE)
    assert sorted(office.setup.air.texts()) == sorted(f"Hello N{number}" for number in range(30))


async def test_rows_of_a_batch_are_forgotten_after_the_configured_days(
    office: Office, autojump_clock: MockClock
) -> None:
    office.settings = office.settings.model_copy(update={"keep_days": 1})
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        await batches.cancel(by, made.id)
        await trio.sleep(23 * 3600)
        assert len(await office.rows(batches, made.id)) == 3
        await trio.sleep(3 * 3600)
        assert await office.rows(batches, made.id) == []
        assert (await batches.find(None, made.id)).state is State.CANCELLED
