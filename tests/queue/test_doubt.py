"""In doubt: evidence, policies, verdicts (reliability §3; invariants 3 and 4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import trio
from sqlalchemy import text
from structlog.testing import capture_logs
from trio.testing import MockClock

from gatewayd.errors import Conflict
from gatewayd.message import Doubt, State
from gatewayd.modem.ports import LinkState
from gatewayd.queue import doubt
from gatewayd.queue.doubt import Verdict
from gatewayd.queue.mailbox import DatabaseMailbox
from gatewayd.queue.records import turns
from gatewayd.queue.service import Queue
from gatewayd.queue.settings import QueueSettings, QuotaSettings, QuotasSettings
from gatewayd.sms.faults import lookup

from .air import Air
from .conftest import Setup

LONG = "abcdefghij" * 40


async def _doubtful(setup: Setup, queue: Queue, text: str = "perhaps", **more: object) -> str:
    """A message whose only, or first, part is never answered; returns once that is known."""
    setup.air.lines["phone1"].silent.add(setup.air.lines["phone1"].submits)
    name = await setup.send(queue, text, **more)
    await trio.sleep(200)
    return name


async def test_late_answer_settles_the_doubt_as_sent(setup: Setup, autojump_clock: MockClock) -> None:
    queue, scheduler = setup.build()
    mailbox = DatabaseMailbox(setup.database, scheduler.owed, setup.clock)
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        name = await _doubtful(setup, queue)
        assert await setup.state(queue, name) is State.IN_DOUBT
        stamp = setup.air.lines["phone1"].stamps[0]
        await mailbox.late(setup.air.status("phone1"), stamp, 42, None)
        detail = await queue.detail(None, name)
        nursery.cancel_scope.cancel()
    assert detail.message.state is State.SENT
    assert [(part.state, part.mr) for part in detail.parts] == [("sent", 42)]
    assert [change.kind for change in detail.timeline][-2:] == ["message.in_doubt", "message.sent"]


@pytest.mark.parametrize("case", ["an error", "another submit's", "too late"])
async def test_late_answer_that_proves_nothing_changes_nothing(
    case: str, setup: Setup, autojump_clock: MockClock
) -> None:
    queue, scheduler = setup.build()
    mailbox = DatabaseMailbox(setup.database, scheduler.owed, setup.clock)
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        name = await _doubtful(setup, queue)
        stamp = setup.air.lines["phone1"].stamps[0]
        modem = setup.air.status("phone1")
        if case == "an error":
            await mailbox.late(modem, stamp, None, lookup("cms", 500))
        elif case == "another submit's":
            await mailbox.late(modem, stamp + 1.0, 42, None)
        else:
            await trio.sleep(601)
            await mailbox.late(modem, stamp, 42, None)
        assert await setup.state(queue, name) is State.IN_DOUBT
        nursery.cancel_scope.cancel()


async def test_message_whose_policy_is_damaged_on_the_disk_is_held_loudly_and_the_queue_goes_on(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await _doubtful(setup, queue, in_doubt=Doubt.RESEND)
        setup.database.transact(lambda tx: tx.execute(text("UPDATE message SET in_doubt = 'resfnd'")))
        with capture_logs() as logs:
            await trio.sleep(86_400)
        detail = await queue.detail(None, name)
        await setup.send(queue, "another", to="+34600000002")
        await trio.sleep(60)
    assert (detail.message.state, detail.message.in_doubt) == (State.IN_DOUBT, Doubt.HOLD)
    assert detail.timeline[-1].kind == "message.held"
    assert "'resfnd' is damaged" in detail.timeline[-1].data["reason"]
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["message.damaged"]
    assert setup.air.texts() == ["perhaps", "another"]


async def test_held_message_stays_in_doubt_when_its_window_is_over(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await _doubtful(setup, queue)
        await trio.sleep(7 * 86_400)
        detail = await queue.detail(None, name)
    assert detail.message.state is State.IN_DOUBT
    assert detail.timeline[-1].kind == "message.held"
    assert setup.air.texts() == ["perhaps"]


async def test_message_with_policy_resend_is_sent_again_and_marked(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await _doubtful(setup, queue, in_doubt=Doubt.RESEND)
        await trio.sleep(600)
        assert setup.air.texts() == ["perhaps"]
        await trio.sleep(600)
        view = await setup.look(queue, name)
    assert (view.state, view.possible_duplicate) == (State.SENT, True)
    assert setup.air.texts() == ["perhaps", "perhaps"]


async def test_resend_after_the_validity_expires_instead(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        expires_at = setup.clock.now() + timedelta(minutes=10)
        name = await _doubtful(setup, queue, in_doubt=Doubt.RESEND, expires_at=expires_at)
        await trio.sleep(3600)
        assert await setup.state(queue, name) is State.EXPIRED
    assert setup.air.texts() == ["perhaps"]


async def test_message_with_policy_assume_sent_is_sent_when_its_window_is_over(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await _doubtful(setup, queue, in_doubt=Doubt.ASSUME_SENT)
        await trio.sleep(1000)
        detail = await queue.detail(None, name)
    assert detail.message.state is State.SENT
    assert [part.state for part in detail.parts] == ["assumed"]
    assert setup.air.texts() == ["perhaps"]


async def test_policy_holds_over_a_restart_in_the_window(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await _doubtful(setup, queue, in_doubt=Doubt.RESEND)
    async with setup.running() as queue:
        await trio.sleep(1000)
        assert await setup.state(queue, name) is State.SENT
    assert setup.air.texts() == ["perhaps", "perhaps"]


async def test_parts_after_a_doubtful_one_still_go_and_resend_repeats_it_alone(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await _doubtful(setup, queue, LONG, in_doubt=Doubt.RESEND)
        await trio.sleep(30)
        view = await setup.look(queue, name)
        assert (view.state, view.parts_sent) == (State.IN_DOUBT, 2)
        await trio.sleep(1000)
        assert await setup.state(queue, name) is State.SENT
    first, *others = setup.air.texts()
    assert first + others[0] + others[1] == LONG
    assert others[2:] == [first]


@pytest.mark.parametrize(
    ("verdict", "state", "texts"),
    [
        ("sent", State.SENT, ["perhaps"]),
        ("failed", State.FAILED, ["perhaps"]),
        ("resend", State.SENT, ["perhaps", "perhaps"]),
    ],
)
async def test_person_settles_a_message_in_doubt_with_a_reason(
    verdict: str, state: State, texts: list[str], setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await _doubtful(setup, queue)
        await queue.resolve(None, name, verdict, actor="user:ana", reason="asked the recipient")
        await trio.sleep(30)
        assert await setup.state(queue, name) is state
        with pytest.raises(Conflict) as caught:
            await queue.resolve(None, name, "failed", actor="user:rui", reason="me too")
    assert caught.value.code == "not_in_doubt"
    assert f"user:ana settled it as {verdict}" in str(caught.value)
    assert setup.air.texts() == texts


async def test_proof_after_a_verdict_corrects_it(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await _doubtful(setup, queue)
        await queue.resolve(None, name, "failed", actor="user:ana", reason="no answer")
        row = setup.database.transact(lambda tx: turns.load.first(tx, {"seq": 1}))
        setup.database.transact(lambda tx: doubt.settle_part(tx, row, 1, 7, setup.clock.now()))
        assert await setup.state(queue, name) is State.SENT
        row = setup.database.transact(lambda tx: turns.load.first(tx, {"seq": 1}))
    assert row.corrected


async def test_proof_after_the_validity_corrects_it(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        until = setup.clock.now() + timedelta(minutes=10)
        name = await _doubtful(setup, queue, in_doubt=Doubt.RESEND, expires_at=until)
        await trio.sleep(1000)
        assert await setup.state(queue, name) is State.EXPIRED
        row = setup.database.transact(lambda tx: turns.load.first(tx, {"seq": 1}))
        setup.database.transact(lambda tx: doubt.settle_part(tx, row, 1, 7, setup.clock.now()))
        view = await setup.look(queue, name)
    assert (view.state, view.corrected) == (State.SENT, True)


async def test_doubtful_part_is_repeated_by_the_modem_that_sent_the_others(
    setup: Setup, autojump_clock: MockClock
) -> None:
    both = Setup(setup.database, modems=("phone1", "phone2"))
    async with both.running() as queue:
        await queue.set_mode("phone2", "paused", actor="test", reason=None)
        both.air.lines["phone1"].silent.add(0)
        name = await both.send(queue, LONG, in_doubt=Doubt.RESEND)
        await trio.sleep(300)
        assert await both.state(queue, name) is State.IN_DOUBT
        await queue.set_mode("phone2", "running", actor="test", reason=None)
        await queue.set_mode("phone1", "paused", actor="test", reason=None)
        await trio.sleep(7200)
        assert await both.state(queue, name) is State.QUEUED
        await queue.set_mode("phone1", "running", actor="test", reason=None)
        await trio.sleep(30)
        assert await both.state(queue, name) is State.SENT
    assert {heard.modem for heard in both.air.ledger} == {"phone1"}


async def test_recipients_next_message_leaves_as_soon_as_the_doubt_is_settled(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, scheduler = setup.build()
    mailbox = DatabaseMailbox(setup.database, scheduler.owed, setup.clock)
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        await _doubtful(setup, queue)
        name = await setup.send(queue, "next", client="other")
        await trio.sleep(30)
        assert (await setup.look(queue, name)).wait_reason == "doubt"
        await mailbox.late(setup.air.status("phone1"), setup.air.lines["phone1"].stamps[0], 42, None)
        await trio.sleep(10)
        assert await setup.state(queue, name) is State.SENT
        nursery.cancel_scope.cancel()


async def test_part_in_doubt_holds_up_other_messages_while_its_own_message_goes_on(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await _doubtful(setup, queue, LONG)
        await setup.send(queue, "other")
        await trio.sleep(60)
        assert len(setup.air.texts()) == 3
        assert "other" not in setup.air.texts()
        await trio.sleep(900)
    assert setup.air.texts()[-1] == "other"


async def test_message_with_policy_resend_is_held_after_as_many_tries_as_are_configured(
    setup: Setup, autojump_clock: MockClock
) -> None:
    """Invariant 10: an endless "your code is …" would be worse than none."""
    setup.air.lines["phone1"].silent.update(range(100))
    setup.settings = QueueSettings(attempts=3)
    async with setup.running() as queue:
        name = await setup.send(queue, "your code", in_doubt=Doubt.RESEND)
        await trio.sleep(86_400)
        detail = await queue.detail(None, name)
        assert (detail.message.state, len(setup.air.texts())) == (State.IN_DOUBT, 3)
        assert detail.timeline[-1].kind == "message.held"
        assert detail.timeline[-1].data["reason"] == "it was submitted 3 times without an answer"
        await queue.resolve(None, name, Verdict.RESEND, actor="test", reason="the modem was mended")
        await trio.sleep(60)
    assert len(setup.air.texts()) == 4


async def test_late_answer_after_an_error_that_proved_nothing_settles_the_doubt(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, scheduler = setup.build()
    mailbox = DatabaseMailbox(setup.database, scheduler.owed, setup.clock)
    setup.air.lines["phone1"].refusals[0] = ("cms", 500, 2.0)
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        name = await setup.send(queue, "perhaps")
        await trio.sleep(10)
        assert await setup.state(queue, name) is State.IN_DOUBT
        await mailbox.late(setup.air.status("phone1"), setup.air.lines["phone1"].stamps[0], 42, None)
        assert await setup.state(queue, name) is State.SENT
        nursery.cancel_scope.cancel()


async def test_doubt_on_one_sim_holds_nobody_up_on_another(setup: Setup, autojump_clock: MockClock) -> None:
    setup.modems, setup.air = ("phone1", "phone2"), Air(("phone1", "phone2"))
    setup.air.change("phone2", LinkState.ABSENT)
    async with setup.running() as queue:
        await _doubtful(setup, queue)
        parked = await setup.send(queue, "first")
        await trio.sleep(10)
        assert (await setup.look(queue, parked)).wait_reason == "doubt"
        setup.air.change("phone2", LinkState.READY)
        await trio.sleep(1)
        behind = await setup.send(queue, "second")
        await trio.sleep(30)
        assert await setup.state(queue, parked) is State.SENT
        assert await setup.state(queue, behind) is State.SENT
    sent = [(heard.modem, heard.text) for heard in setup.air.ledger]
    assert sent == [("phone1", "perhaps"), ("phone2", "first"), ("phone2", "second")]


async def test_message_that_no_modem_may_take_stays_parked_instead_of_going_to_and_fro(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.modems, setup.air = ("phone1", "phone2"), Air(("phone1", "phone2"))
    setup.quotas = QuotasSettings(client=QuotaSettings(hour=3))
    setup.air.change("phone2", LinkState.ABSENT)
    async with setup.running() as queue:
        await _doubtful(setup, queue, client="other")
        await setup.send(queue, "early", to="+34600000002")
        await trio.sleep(10)
        setup.air.change("phone2", LinkState.READY)
        # Three parts are more than its client may send now, so that phone2 passes that client over.
        await setup.send(queue, LONG, to="+34600000003", modem="phone2")
        parked = await setup.send(queue, "first")
        await trio.sleep(60)
        assert (await setup.look(queue, parked)).wait_reason == "doubt"
        await trio.sleep(20 * 60)
        assert await setup.state(queue, parked) is State.SENT
    sent = [(heard.modem, heard.text) for heard in setup.air.ledger]
    assert sent == [("phone1", "perhaps"), ("phone1", "early"), ("phone1", "first")]
