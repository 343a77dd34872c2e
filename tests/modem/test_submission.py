"""Submitting a part: every way in which it can end, and that nothing goes out that wasn't armed."""

from __future__ import annotations

from typing import NoReturn

import pytest
import trio
from trio.testing import MockClock

from gatewayd.modem.notices import LateResult, ReportReceived
from gatewayd.modem.ports import Accepted, NotArmed, Phase, Refused, Unknown
from gatewayd.modem.quirks import Quirks
from gatewayd.modem.submission import submit
from tests.modem.peer import ERROR, OK, PDU, PROMPT, SILENCE, Peer, Script, Talk, armed, said, talking


async def submitting(talk: Talk) -> Accepted | Refused | Unknown:
    return await submit(talk.session, PDU, arm=armed)


async def refuse() -> NoReturn:
    raise NotArmed


async def test_submit_accepted_tells_reference_stamp_and_seconds(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=(3.0, said("+CMGS: 7")))) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Accepted)
        assert outcome.mr == 7
        assert outcome.seconds == pytest.approx(3.0)
        assert outcome.stamp == pytest.approx(trio.current_time() - 3.0)
        assert talk.peer.heard == ["ESC", "AT", "AT+CMGS=18", f"PDU {PDU.hex}", "SUBMIT"]


async def test_submit_on_an_aligned_line_waits_for_nothing_but_the_modem(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        await submitting(talk)
        began = trio.current_time()
        await submitting(talk)
        assert trio.current_time() == began


@pytest.mark.parametrize(
    ("answer", "mr"),
    [
        ("+CMGS: 255", 255),
        ('+CMGS: 9,"24/11/24,10:00:00+04"', 9),
        ("+CMGS:0", 0),
        ("+CMGS:", None),
        ("+CMGS: -1", None),
        ("+CMGS: 256", None),
    ],
)
async def test_submit_with_any_form_of_reference_is_accepted(
    answer: str, mr: int | None, autojump_clock: MockClock
) -> None:
    async with talking(Peer(submitted=said(answer))) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Accepted)
        assert outcome.mr == mr


async def test_submit_with_ok_alone_is_unknown(autojump_clock: MockClock) -> None:
    # A modem says so when it gives a PDU up: one flipped bit makes ESC of 0x1A.
    async with talking(Peer(submitted=OK)) as talk:
        assert isinstance(outcome := await submitting(talk), Unknown)
        assert (outcome.phase, outcome.reason) == (Phase.SUBMITTED, "OK without +CMGS")
        assert talk.session.owed is None


async def test_submit_whose_final_ok_is_missing_is_accepted_and_the_line_aligned(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(submitted=b"\r\n+CMGS: 7\r\n")) as talk:
        assert isinstance(await submitting(talk), Accepted)
        assert talk.session.owed is None
        await talk.session.command("AT+CSQ")
        assert talk.peer.heard[-3:] == ["ESC", "AT", "AT+CSQ"]


async def test_submit_with_echo_and_unsolicited_lines_is_accepted(autojump_clock: MockClock) -> None:
    report = b"\r\n+CDS: 25\r\n0791AB\r\n"
    answer = PDU.hex.encode() + b"\x1a" + report + b"\r\nNO CARRIER\r\n\r\n+CREG: 1\r\n" + said("+CMGS: 7")
    async with talking(Peer(prompt=report + PROMPT, submitted=answer, echo=True), ready=False) as talk:
        await talk.session.command("ATE0")
        talk.session.ready = True
        assert isinstance(await submitting(talk), Accepted)
        assert talk.notices[:2] == [ReportReceived("0791AB"), ReportReceived("0791AB")]


async def test_submit_is_armed_once_after_the_pdu_and_directly_before_the_octet(
    autojump_clock: MockClock,
) -> None:
    async with talking() as talk:
        seen: list[bytes] = []

        async def arm() -> None:
            await trio.testing.wait_all_tasks_blocked()
            seen.append(bytes(talk.peer.octets))

        assert isinstance(await submit(talk.session, PDU, arm=arm), Accepted)
        assert len(seen) == 1
        assert seen[0].endswith(PDU.hex.encode())
        assert bytes(talk.peer.octets) == seen[0] + b"\x1a"


async def test_submit_whose_arming_waits_stamps_the_moment_of_the_octet(autojump_clock: MockClock) -> None:
    async with talking() as talk:

        async def arm() -> None:
            await trio.sleep(7)

        began = trio.current_time()
        outcome = await submit(talk.session, PDU, arm=arm)
        assert outcome.stamp is not None
        assert 7.0 <= outcome.stamp - began < 7.2


async def test_submit_not_armed_is_taken_back_by_escape_and_never_submitted(
    autojump_clock: MockClock,
) -> None:
    async with talking() as talk:
        with pytest.raises(NotArmed):
            await submit(talk.session, PDU, arm=refuse)
        assert b"\x1a" not in talk.peer.octets
        assert talk.peer.heard == ["ESC", "AT", "AT+CMGS=18", "ESC", "AT"]
        assert isinstance(await submitting(talk), Accepted)


async def test_submit_cancelled_while_arming_is_taken_back(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        with trio.move_on_after(1) as scope:
            await submit(talk.session, PDU, arm=trio.sleep_forever)
        assert scope.cancelled_caught
        assert b"\x1a" not in talk.peer.octets
        assert talk.peer.heard[-2:] == ["ESC", "AT"]


async def test_submit_cancelled_after_the_octet_leaves_the_line_owing(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=SILENCE)) as talk:
        with trio.move_on_after(1):
            await submitting(talk)
        assert talk.session.owed is not None


@pytest.mark.parametrize(("answer", "code"), [(b"\r\n+CMS ERROR: 302\r\n", 302), (ERROR, None)])
async def test_submit_refused_instead_of_the_prompt_was_not_sent(
    answer: bytes, code: int | None, autojump_clock: MockClock
) -> None:
    async with talking(Peer(prompt=answer)) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Refused)
        assert (outcome.phase, outcome.stamp, outcome.fault.code) == (Phase.COMMAND, None, code)
        assert b"\x1a" not in talk.peer.octets


async def test_submit_without_prompt_times_out_after_10_s_and_was_not_sent(autojump_clock: MockClock) -> None:
    async with talking(Peer(prompt=SILENCE)) as talk:
        await talk.session.command("AT")
        outcome = await submitting(talk)
        assert outcome == Unknown(Phase.COMMAND, "timeout: no prompt", None, 10.0, outcome.dialogue)
        assert talk.session.owed is None
        await talk.session.command("AT+CSQ")
        assert talk.peer.heard[-3:] == ["ESC", "AT", "AT+CSQ"]


async def test_submit_whose_prompt_ends_while_arming_is_refused_unsent(autojump_clock: MockClock) -> None:
    async with talking(Peer(prompt=(PROMPT, 3.0, b"\r\n+CMS ERROR: 304\r\n"))) as talk:

        async def arm() -> None:
            await trio.sleep(7)

        outcome = await submit(talk.session, PDU, arm=arm)
        assert isinstance(outcome, Refused)
        assert (outcome.phase, outcome.stamp) == (Phase.PDU, None)
        assert b"\x1a" not in talk.peer.octets


async def test_submit_whose_modem_restarts_while_arming_was_not_sent(autojump_clock: MockClock) -> None:
    async with talking(Peer(prompt=(PROMPT, 3.0, b"\r\nRDY\r\n"))) as talk:

        async def arm() -> None:
            await trio.sleep(7)

        outcome = await submit(talk.session, PDU, arm=arm)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.stamp) == (Phase.PDU, None)
        assert b"\x1a" not in talk.peer.octets


@pytest.mark.parametrize(
    ("answer", "code", "kind"),
    [(b"\r\n+CMS ERROR: 38\r\n", 38, "cms"), (b"\r\n+CME ERROR: 30\r\n", 30, "cme"), (ERROR, None, "error")],
)
async def test_submit_refused_after_the_octet_tells_the_fault(
    answer: bytes, code: int | None, kind: str, autojump_clock: MockClock
) -> None:
    async with talking(Peer(submitted=(2.0, answer))) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Refused)
        assert (outcome.fault.kind, outcome.fault.code) == (kind, code)
        assert (outcome.phase, outcome.seconds) == (Phase.SUBMITTED, 2.0)
        assert talk.session.owed is None


async def test_submit_without_answer_is_unknown_after_180_s_and_nothing_else_is_submitted(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(submitted=SILENCE)) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.reason, outcome.seconds) == (Phase.SUBMITTED, "timeout", 180.0)
        again = await submitting(talk)
        assert isinstance(again, Unknown)
        assert again.phase is Phase.COMMAND
        assert talk.peer.heard.count("SUBMIT") == 1


@pytest.mark.parametrize(
    ("late", "mr", "code"),
    [(said("+CMGS: 9"), 9, None), (b"\r\n+CMS ERROR: 38\r\n", None, 38)],
)
async def test_late_answer_is_reported_and_frees_the_line(
    late: bytes, mr: int | None, code: int | None, autojump_clock: MockClock
) -> None:
    async with talking(Peer(submitted=[SILENCE, said("+CMGS: 10")])) as talk:
        outcome = await submitting(talk)
        await talk.say(late)
        assert len(talk.notices) == 1
        assert isinstance(result := talk.notices[0], LateResult)
        assert (result.stamp, result.mr) == (outcome.stamp, mr)
        assert (result.fault.code if result.fault else None) == code
        assert isinstance(await submitting(talk), Accepted)


async def test_late_ok_alone_frees_the_line_and_tells_nothing(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=[SILENCE, said("+CMGS: 10")])) as talk:
        await submitting(talk)
        await talk.say(OK)
        assert talk.notices == []
        assert isinstance(await submitting(talk), Accepted)


async def test_late_reference_during_the_wake_up_call_is_not_taken_for_its_answer(
    autojump_clock: MockClock,
) -> None:
    # The modem answers ESC and AT, then the old submit: only the reference can be its answer, and OK ends it.
    async with talking(Peer(submitted=SILENCE)) as talk:
        await submitting(talk)
        assert (await talk.session.command("AT+CSQ")).ok
        assert talk.session.owed is not None
        await talk.say(b"\r\n+CMGS: 9\r\n")
        assert talk.session.owed is not None
        await talk.say(OK)
        assert talk.session.owed is None


async def test_bare_ok_after_a_wake_up_call_proves_nothing(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=SILENCE)) as talk:
        await submitting(talk)
        await talk.session.command("AT+CSQ")
        await talk.say(OK)
        assert talk.session.owed is not None
        assert talk.notices == []


async def test_reset_modem_owes_nothing(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=[SILENCE, said("+CMGS: 1")])) as talk:
        await submitting(talk)
        await talk.say(b"\r\nRDY\r\n")
        assert talk.session.owed is None
        assert isinstance(unready := await submitting(talk), Unknown)
        assert unready.phase is Phase.COMMAND
        talk.session.ready = True
        assert isinstance(await submitting(talk), Accepted)


async def test_submit_to_a_modem_that_has_silently_restarted_stops_before_the_pdu(
    autojump_clock: MockClock,
) -> None:
    # It is in text mode now: AT+CMGS=18 would send a text to the number 18.
    async with talking(ready=False) as talk:
        await talk.session.command("ATE0")
        talk.session.ready = True
        talk.peer.echo = True
        outcome = await submitting(talk)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.stamp) == (Phase.COMMAND, None)
        assert talk.peer.octets.endswith(b"AT+CMGS=18\r")


async def test_submit_whose_modem_restarts_after_the_octet_is_unknown_but_not_owed(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(submitted=b"\r\nRDY\r\n")) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.reason) == (Phase.SUBMITTED, "the modem restarted")
        assert talk.session.owed is None


@pytest.mark.parametrize(
    "answer",
    [
        b"\r\n+CMGS: 6\r\n\r\n+CMGS: 7\r\n\r\nOK\r\n",
        b"\r\n+CMGS: 6\r\n\r\n+CMS ERROR: 38\r\n",
    ],
)
async def test_submit_with_two_answers_is_unknown(answer: Script, autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=answer)) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.reason) == (Phase.SUBMITTED, "two answers")


async def test_reference_before_the_octet_belongs_to_an_older_submit(autojump_clock: MockClock) -> None:
    async with talking(Peer(prompt=b"\r\n+CMGS: 3\r\n" + PROMPT)) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Accepted)
        assert outcome.mr == 7
        assert talk.notices == [LateResult(None, 3, None)]


@pytest.mark.parametrize(
    ("peer", "phase"),
    [
        (Peer(prompt=SILENCE), Phase.COMMAND),
        (Peer(submitted=SILENCE), Phase.SUBMITTED),
    ],
)
async def test_submit_on_a_line_that_dies_is_unknown_with_its_phase(
    peer: Peer, phase: Phase, autojump_clock: MockClock
) -> None:
    async with talking(peer) as talk, trio.open_nursery() as nursery:

        async def unplug() -> None:
            await trio.sleep(2)
            await talk.far.aclose()

        nursery.start_soon(unplug)
        outcome = await submitting(talk)
        assert isinstance(outcome, Unknown)
        assert outcome.phase is phase
        assert outcome.reason.startswith("line lost: ")
        assert (outcome.stamp is None) is (phase is Phase.COMMAND)


async def test_submit_on_a_line_that_dies_while_arming_was_not_sent(autojump_clock: MockClock) -> None:
    async with talking() as talk:

        async def arm() -> None:
            await talk.far.aclose()
            await trio.sleep(1)

        outcome = await submit(talk.session, PDU, arm=arm)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.stamp) == (Phase.PDU, None)


async def test_submit_to_a_silent_modem_is_unknown_before_anything_was_written(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(otherwise=SILENCE, escaped=SILENCE)) as talk:
        outcome = await submitting(talk)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.stamp) == (Phase.COMMAND, None)


async def test_modem_that_needs_the_pdu_in_pieces_gets_it_so(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        talk.session.quirks = Quirks(pdu_piece=18, pdu_pause=0.01)
        await talk.session.command("AT")
        began = trio.current_time()
        assert isinstance(await submitting(talk), Accepted)
        assert trio.current_time() - began == pytest.approx(0.02)
        assert f"PDU {PDU.hex}" in talk.peer.heard


async def test_refresh_never_comes_into_the_middle_of_a_submit(autojump_clock: MockClock) -> None:
    async with talking(Peer(submitted=(3.0, said("+CMGS: 7")))) as talk, trio.open_nursery() as nursery:

        async def refresh() -> None:
            await trio.sleep(1)
            await talk.session.command("AT+CSQ")

        nursery.start_soon(refresh)
        assert isinstance(await submitting(talk), Accepted)
        await trio.testing.wait_all_tasks_blocked()
        assert talk.peer.heard[-2:] == ["SUBMIT", "AT+CSQ"]
