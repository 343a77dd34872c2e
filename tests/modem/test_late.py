"""Answers that come after their submit was given up: they are nobody else's, and they hold nothing up for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

from gatewayd.modem.late import Doubts
from gatewayd.modem.notices import LateResult
from gatewayd.modem.ports import BELIEVED, Accepted, LinkState, Outcome, Phase, Refused, Unknown
from gatewayd.modem.submission import submit
from tests.modem.peer import ERROR, OK, PDU, SILENCE, Peer, Script, Talk, armed, said, talking, usual
from tests.modem.plugged import Bench, linking

READY = LinkState.READY
REFUSED = b"\r\n+CMS ERROR: 38\r\n"
PROVES_NOTHING = b"\r\n+CMS ERROR: 500\r\n"
#: The old submit's reference comes first, the new one's own refusal as long after it as a network takes.
EITHER: Script = (0.2, said("+CMGS: 7"), 4.0, REFUSED)


async def submitting(talk: Talk) -> Outcome:
    return await submit(talk.session, PDU, arm=armed)


async def while_submitting(link: Bench, deed: Callable[[], Awaitable[None]]) -> Outcome:
    """Submit, and do something a second after the octet."""

    async def later() -> None:
        await trio.sleep(1)
        await deed()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(later)
        return await link.link.submit(PDU, arm=armed)


async def test_modem_that_loses_one_answer_and_refuses_every_reset_sends_again_after_10_minutes(
    autojump_clock: MockClock,
) -> None:
    peer = Peer(usual() | {"AT+CFUN=1,1": ERROR}, submitted=[SILENCE, said("+CMGS: 8")])
    async with linking(peer) as bench:
        await bench.until_state(READY)
        outcome = await bench.link.submit(PDU, arm=armed)
        assert isinstance(outcome, Unknown)
        assert outcome.stamp is not None
        await bench.until(lambda: bench.link.can_submit, within=600)
        assert BELIEVED <= trio.current_time() - outcome.stamp < BELIEVED + 5
        assert "AT+CFUN=1,1" in bench.peer.heard
        assert isinstance(await bench.link.submit(PDU, arm=armed), Accepted)


async def test_answer_that_comes_after_it_was_given_up_is_never_taken_for_the_next_one(
    autojump_clock: MockClock,
) -> None:
    peer = Peer(usual() | {"AT+CFUN=1,1": ERROR}, submitted=[SILENCE, EITHER])
    async with linking(peer) as bench:
        await bench.until_state(READY)
        await bench.link.submit(PDU, arm=armed)
        await bench.until(lambda: bench.link.can_submit, within=600)
        assert isinstance(outcome := await bench.link.submit(PDU, arm=armed), Unknown)
        assert (outcome.phase, outcome.reason) == (Phase.SUBMITTED, "two answers")


async def test_answer_is_waited_for_as_long_as_the_modem_may_be_at_it(autojump_clock: MockClock) -> None:
    async with linking(Peer(usual() | {"AT+CFUN=1,1": ERROR}, submitted=SILENCE)) as bench:
        await bench.until_state(READY)
        await bench.link.submit(PDU, arm=armed)
        # Deaf, as some are until they have done with a message.
        bench.peer.replies.clear()
        bench.peer.otherwise = bench.peer.escaped = SILENCE
        await trio.sleep(2 * BELIEVED)
        assert not bench.link.can_submit
        bench.peer.replies.update(usual())
        bench.peer.otherwise = bench.peer.escaped = OK
        await bench.until(lambda: bench.link.can_submit, within=120)


async def test_refused_set_up_command_is_not_the_owed_answer(autojump_clock: MockClock) -> None:
    replies = usual() | {"AT+CNMI=2,1,0,1,0": b"\r\n+CMS ERROR: 303\r\n"}
    async with linking(Peer(replies, submitted=SILENCE)) as bench:
        await bench.until_state(READY)
        await bench.link.submit(PDU, arm=armed)
        await bench.until(lambda: bench.link.can_submit, within=600)
        # Reopening has set it up anew; it took a reset to be free.
        assert [rung for _, rung in bench.journal.resets] == ["escape", "reopen", "restart"]
        assert bench.mailbox.late_results == []


async def test_late_refusal_ends_what_is_owed_also_while_the_modem_is_woken(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(submitted=SILENCE)) as talk:
        outcome = await submitting(talk)
        talk.peer.replies["AT"] = [REFUSED + OK, OK]
        await talk.session.command("AT+CSQ")
        assert talk.session.owed is None
        assert isinstance(late := talk.notices[0], LateResult)
        assert (late.stamp, late.fault and late.fault.code) == (outcome.stamp, 38)


async def test_late_refusal_after_a_command_without_an_answer_ends_nothing(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer({"AT+CMGD=1": SILENCE}, submitted=SILENCE)) as talk:
        await submitting(talk)
        with trio.move_on_after(1):
            await talk.session.command("AT+CMGD=1")
        await talk.say(b"\r\n+CMS ERROR: 321\r\n")
        assert talk.session.owed is not None


@pytest.mark.parametrize("seconds", [0.5, 4.0, 9.5])
@pytest.mark.parametrize(
    ("first", "second"),
    [(said("+CMGS: 7"), REFUSED), (said("+CMGS: 7"), said("+CMGS: 8")), (REFUSED, b"\r\n+CMGS: 8\r\n")],
)
async def test_submit_after_one_in_doubt_waits_for_a_second_answer_as_long_as_a_network_takes(
    seconds: float, first: bytes, second: bytes, autojump_clock: MockClock
) -> None:
    async with talking(Peer(submitted=[PROVES_NOTHING, (first, seconds, second)])) as talk:
        assert isinstance(await submitting(talk), Refused)
        assert isinstance(outcome := await submitting(talk), Unknown)
        assert outcome.reason == "two answers"


async def test_submit_after_one_in_doubt_with_a_single_answer_has_it_and_ends_the_doubt(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(submitted=[PROVES_NOTHING, (3.0, said("+CMGS: 7"))])) as talk:
        await submitting(talk)
        began = trio.current_time()
        assert isinstance(outcome := await submitting(talk), Accepted)
        assert outcome.seconds == pytest.approx(3.0)
        assert trio.current_time() - began == pytest.approx(13.0, abs=0.2)
        began = trio.current_time()
        assert isinstance(await submitting(talk), Accepted)
        assert trio.current_time() - began == pytest.approx(3.0, abs=0.2)


async def test_submits_that_all_prove_nothing_wait_for_no_second_answer(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=ERROR)) as talk:
        for _ in range(3):
            await submitting(talk)
        assert trio.current_time() < 1.0


async def test_submit_long_after_one_in_doubt_waits_no_longer(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=[PROVES_NOTHING, said("+CMGS: 7")])) as talk:
        await submitting(talk)
        await trio.sleep(BELIEVED)
        began = trio.current_time()
        assert isinstance(await submitting(talk), Accepted)
        assert trio.current_time() == began


async def test_submit_whose_line_dies_while_a_second_answer_may_come_is_unknown(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(submitted=[PROVES_NOTHING, said("+CMGS: 7")])) as talk:
        await submitting(talk)
        async with trio.open_nursery() as nursery:

            async def unplug() -> None:
                await trio.sleep(2)
                await talk.far.aclose()

            nursery.start_soon(unplug)
            assert isinstance(outcome := await submitting(talk), Unknown)
            assert outcome.reason.startswith("line lost: ")


async def test_late_reference_of_one_in_doubt_is_its_own(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=[PROVES_NOTHING, said("+CMGS: 8")])) as talk:
        outcome = await submitting(talk)
        await talk.say(b"\r\n+CMGS: 7\r\n")
        assert talk.notices == [LateResult(outcome.stamp, 7, None)]
        began = trio.current_time()
        assert isinstance(await submitting(talk), Accepted)
        assert trio.current_time() == began


@pytest.mark.parametrize("second", [PROVES_NOTHING, SILENCE])
async def test_late_reference_that_two_in_doubt_may_have_is_neither_s(
    second: Script, autojump_clock: MockClock
) -> None:
    async with talking(Peer(submitted=[PROVES_NOTHING, second])) as talk:
        await submitting(talk)
        await trio.sleep(1)
        await submitting(talk)
        await talk.say(said("+CMGS: 7"))
        assert talk.notices == [LateResult(None, 7, None)]
        assert talk.session.owed is None


async def test_doubt_outlives_the_reopening_of_the_port(autojump_clock: MockClock) -> None:
    async with linking(Peer(usual(), submitted=[PROVES_NOTHING, EITHER])) as bench:
        await bench.until_state(READY)
        await bench.link.submit(PDU, arm=armed)
        await bench.link.recover()
        await bench.link.recover()
        await bench.until(lambda: bench.link.can_submit and bench.device.opened == 2, within=30)
        assert isinstance(await bench.link.submit(PDU, arm=armed), Unknown)


async def test_doubt_outlives_a_port_that_vanishes_and_comes_back(autojump_clock: MockClock) -> None:
    async with linking(Peer(usual(), submitted=[SILENCE, EITHER])) as bench:
        await bench.until_state(READY)
        assert isinstance(await while_submitting(bench, bench.device.unplug), Unknown)
        bench.device.present = True
        await bench.until(lambda: bench.link.can_submit, within=10)
        assert isinstance(await bench.link.submit(PDU, arm=armed), Unknown)


async def test_doubt_ends_with_a_modem_that_says_that_it_has_booted(autojump_clock: MockClock) -> None:
    async with linking(Peer(usual(), submitted=[PROVES_NOTHING, said("+CMGS: 7")])) as bench:
        await bench.until_state(READY)
        await bench.link.submit(PDU, arm=armed)
        await bench.say(b"\r\nRDY\r\n")
        await bench.until(lambda: not bench.link.can_submit, within=1)
        await bench.until(lambda: bench.link.can_submit, within=10)
        began = trio.current_time()
        assert isinstance(await bench.link.submit(PDU, arm=armed), Accepted)
        assert trio.current_time() == began


async def test_doubt_outlives_a_reset_that_the_modem_agreed_to_and_did_not_show(
    autojump_clock: MockClock,
) -> None:
    async with linking(Peer(usual(), submitted=[SILENCE, EITHER])) as bench:
        await bench.until_state(READY)
        await bench.link.submit(PDU, arm=armed)
        await bench.until(lambda: bench.link.can_submit, within=300)
        assert "AT+CFUN=1,1" in bench.peer.heard
        assert isinstance(await bench.link.submit(PDU, arm=armed), Unknown)


async def test_answer_to_a_submit_of_an_earlier_process_is_reckoned_with(autojump_clock: MockClock) -> None:
    async with linking(Peer(usual(), submitted=EITHER)) as bench:
        bench.link.suspect()
        await bench.until_state(READY)
        assert isinstance(await bench.link.submit(PDU, arm=armed), Unknown)


async def test_late_reference_of_an_earlier_process_belongs_to_no_submit_of_this_one(
    autojump_clock: MockClock,
) -> None:
    async with linking() as bench:
        bench.link.suspect()
        await bench.until_state(READY)
        await bench.say(b"\r\n+CMGS: 7\r\n")
        await bench.until(lambda: bench.mailbox.late_results == [(None, 7, None)], within=1)


async def test_owed_answer_outlives_a_link_that_fails_by_a_defect(autojump_clock: MockClock) -> None:
    async with linking(Peer(usual(), submitted=SILENCE), running=False) as bench:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bench.link.run)
            await bench.until_state(READY)
            await bench.link.submit(PDU, arm=armed)
            nursery.cancel_scope.cancel()
        bench.device.nursery.start_soon(bench.link.run)
        await bench.until(lambda: bench.device.opened == 2, within=10)
        await trio.sleep(20)
        assert not bench.link.can_submit


def test_doubts_know_whose_an_answer_is_only_while_there_is_one() -> None:
    doubts = Doubts()
    assert doubts.answered(0.0) is None
    doubts.add(1.0, 1.0)
    doubts.add(2.0, 2.0)
    assert doubts.answered(3.0) is None
    assert doubts.answered(1.0 + BELIEVED) == 2.0
    assert doubts.stamps(1.0 + BELIEVED) == []
