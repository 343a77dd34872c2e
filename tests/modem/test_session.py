"""The dialogue: commands, their answers, what comes in between, and what doesn't come."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from gatewayd.modem.failures import LineLost, LineSilent, ModemRestarted
from gatewayd.modem.notices import MessageReceived, RegistrationChanged, Restarted, Stored
from gatewayd.modem.quirks import Quirks
from gatewayd.modem.session import Session, Timeouts
from tests.modem.peer import ERROR, OK, SILENCE, Peer, said, talking


async def test_command_on_a_new_line_is_preceded_by_escape_and_at(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        answer = await talk.session.command("AT+CSQ")
        assert answer.info == ("+CSQ: 20,99",)
        assert talk.peer.heard == ["ESC", "AT", "AT+CSQ"]
        assert talk.peer.octets.startswith(b"\x1b")


async def test_command_on_an_aligned_line_takes_one_round_trip(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        await talk.session.command("AT+CSQ")
        began = trio.current_time()
        await talk.session.command("AT+CSQ")
        assert trio.current_time() == began
        assert talk.peer.heard[2:] == ["AT+CSQ", "AT+CSQ"]


async def test_command_with_echo_on_gives_the_answer_without_the_echo(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT+CGMI": said("Acme")}, echo=True), ready=False) as talk:
        assert (await talk.session.command("AT+CGMI")).info == ("Acme",)


async def test_command_refused_by_the_modem_returns_the_error(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT+CGMR": b"\r\n+CME ERROR: 4\r\n"})) as talk:
        answer = await talk.session.command("AT+CGMR")
        assert not answer.ok
        assert answer.final.code == 4


async def test_command_with_unsolicited_lines_before_its_answer_keeps_them_apart(
    autojump_clock: MockClock,
) -> None:
    noise = b'\r\nRING\r\n\r\n+CMTI: "SM",4\r\n\r\n+CMT: ,24\r\n0791AB\r\n\r\nNO CARRIER\r\n\r\n^RSSI:20\r\n'
    async with talking(Peer({"AT+CSQ": noise + said("+CSQ: 9,99")})) as talk:
        answer = await talk.session.command("AT+CSQ")
        assert answer.ok
        assert answer.info == ("+CSQ: 9,99",)
        assert talk.notices == [Stored("message", "SM", 4), MessageReceived("0791AB")]


async def test_unsolicited_line_on_an_idle_line_is_handed_over(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        await talk.say(b"\r\n+CREG: 2\r\n")
        assert talk.notices == [RegistrationChanged(2)]


async def test_command_without_an_answer_is_tried_again_after_alignment(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT+CSQ": [SILENCE, said("+CSQ: 9,99")]})) as talk:
        began = trio.current_time()
        assert (await talk.session.command("AT+CSQ")).ok
        assert 5.0 <= trio.current_time() - began < 6.0
        assert talk.peer.heard == ["ESC", "AT", "AT+CSQ", "ESC", "AT", "AT+CSQ"]


async def test_command_whose_answer_comes_too_late_never_takes_it_for_the_next_one(
    autojump_clock: MockClock,
) -> None:
    late = (5.05, said("+CSQ: 1,99"))
    async with talking(Peer({"AT+CSQ": [late, said("+CSQ: 9,99")], "AT+CGMI": said("Acme")})) as talk:
        assert (await talk.session.command("AT+CSQ")).info == ("+CSQ: 9,99",)
        assert (await talk.session.command("AT+CGMI")).info == ("Acme",)


async def test_modem_that_answers_escape_slowly_is_aligned_all_the_same(autojump_clock: MockClock) -> None:
    peer = Peer({"AT": (0.3, OK), "AT+CGMI": said("Acme")}, escaped=(0.2, OK))
    async with talking(peer) as talk:
        assert (await talk.session.command("AT+CGMI")).info == ("Acme",)


async def test_modem_that_never_answers_is_silent_after_three_tries(autojump_clock: MockClock) -> None:
    async with talking(Peer(otherwise=SILENCE, escaped=SILENCE)) as talk:
        with pytest.raises(LineSilent):
            await talk.session.command("AT+CSQ")
        assert talk.peer.heard == ["ESC", "AT"] * 3
        assert trio.current_time() == pytest.approx(15.3)


async def test_modem_that_answers_at_only_is_silent_after_three_tries_of_the_command(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer({"AT+CSQ": SILENCE})) as talk:
        with pytest.raises(LineSilent):
            await talk.session.command("AT+CSQ")
        assert talk.peer.commands("AT+CSQ") == ["AT+CSQ"] * 3


async def test_modem_that_chatters_without_end_is_aligned_within_bounds(autojump_clock: MockClock) -> None:
    async with talking() as talk, trio.open_nursery() as nursery:

        async def chatter() -> None:
            while True:
                await talk.far.send_all(b"\r\n^RSSI:20\r\n")
                await trio.sleep(0.05)

        nursery.start_soon(chatter)
        assert (await talk.session.command("AT+CSQ")).ok
        assert trio.current_time() < 3.0
        nursery.cancel_scope.cancel()


async def test_command_on_a_line_that_dies_says_so(autojump_clock: MockClock) -> None:
    async with talking(Peer(otherwise=SILENCE)) as talk, trio.open_nursery() as nursery:

        async def unplug() -> None:
            await trio.sleep(1)
            await talk.far.aclose()

        nursery.start_soon(unplug)
        with pytest.raises(LineLost, match="went away"):
            await talk.session.command("AT")
        assert talk.session.hung_up
        with pytest.raises(LineLost):
            await talk.session.command("AT")


async def test_line_that_floods_is_given_up(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        await talk.say(b"A" * 70_000)
        assert talk.session.lost is not None
        assert not talk.session.hung_up


async def test_modem_that_restarts_during_a_command_ends_it(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT+CSQ": b"\r\nRDY\r\n"})) as talk:
        with pytest.raises(ModemRestarted):
            await talk.session.command("AT+CSQ")
        assert talk.notices == [Restarted()]
        await talk.session.command("AT+CGMI")
        assert talk.peer.heard[-3:] == ["ESC", "AT", "AT+CGMI"]


async def test_command_whose_final_ok_is_optional_takes_the_answer_without_it(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer({"AT+CPIN?": b"\r\n+CPIN: READY\r\n"})) as talk:
        answer = await talk.session.command("AT+CPIN?", final_optional=True)
        assert answer.ok
        assert answer.info == ("+CPIN: READY",)
        assert trio.current_time() < 2.0


async def test_commands_of_several_tasks_never_overlap(autojump_clock: MockClock) -> None:
    replies = {"AT+CSQ": (0.5, said("+CSQ: 9,99")), "AT+CGMI": (0.1, said("Acme"))}
    async with talking(Peer(dict(replies))) as talk:
        answers = []

        async def ask(command: str) -> None:
            answers.append((await talk.session.command(command)).info)

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(ask, "AT+CSQ")
                nursery.start_soon(ask, "AT+CGMI")
        assert sorted(answers) == [("+CSQ: 9,99",)] * 3 + [("Acme",)] * 3


async def test_cancelled_command_leaves_its_answer_to_nobody(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT+CSQ": (2.0, said("+CSQ: 9,99")), "AT+CGMI": said("Acme")})) as talk:
        with trio.move_on_after(1):
            await talk.session.command("AT+CSQ")
        await trio.sleep(0.95)
        assert (await talk.session.command("AT+CGMI")).info == ("Acme",)


async def test_modem_that_needs_a_gap_between_commands_gets_it(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        talk.session.quirks = Quirks(command_gap=0.3)
        await talk.session.command("AT+CSQ")
        began = trio.current_time()
        await talk.session.command("AT+CSQ")
        assert trio.current_time() - began == pytest.approx(0.3)


async def test_modem_that_takes_nothing_in_is_silent(autojump_clock: MockClock) -> None:
    near, far = trio.testing.lockstep_stream_pair()
    session = Session("m", near, timeouts=Timeouts(), on_notice=lambda _: None, on_change=lambda: None)
    with pytest.raises(LineSilent, match="takes nothing in"):
        await session.command("AT")
    assert far is not None


async def test_error_answer_to_at_does_not_count_as_aligned(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT": [ERROR, OK]})) as talk:
        await talk.session.command("AT+CSQ")
        assert talk.peer.heard == ["ESC", "AT", "ESC", "AT", "AT+CSQ"]


async def test_echo_that_was_off_and_is_on_again_gives_a_silent_restart_away(
    autojump_clock: MockClock,
) -> None:
    async with talking(ready=False) as talk:
        await talk.session.command("ATE0")
        talk.session.ready = True
        talk.peer.echo = True
        with pytest.raises(ModemRestarted):
            await talk.session.command("AT+CSQ")
        assert not talk.session.ready
        assert talk.notices == [Restarted()]
