"""The reset ladder: gentlest first, each rung once in 10 minutes."""

from __future__ import annotations

from pathlib import Path

import trio
from trio.testing import MockClock

from gatewayd.clock import VirtualClock
from gatewayd.modem.ladder import Effect, Ladder, Rung
from gatewayd.modem.late import Owed
from tests.modem.peer import ERROR, OK, SILENCE, Notebook, Peer, talking


def a_ladder(*reset_command: str, journal: Notebook | None = None) -> Ladder:
    return Ladder("m", journal=journal or Notebook(), clock=VirtualClock(), reset_command=reset_command)


async def test_ladder_is_climbed_from_the_gentlest_rung_up_and_then_spent(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        ladder = a_ladder()
        effects = [await ladder.climb(talk.session) for _ in range(4)]
        assert effects == [Effect.TRIED, Effect.REOPEN, Effect.RESET, Effect.NOT_ALLOWED]
        assert talk.peer.heard == ["ESC", "AT", "AT+CFUN=1,1"]


async def test_ladder_may_be_climbed_again_after_10_minutes(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        ladder = a_ladder()
        for _ in range(3):
            await ladder.climb(talk.session)
        await trio.sleep(599)
        assert await ladder.climb(talk.session) is Effect.NOT_ALLOWED
        await trio.sleep(1)
        assert await ladder.climb(talk.session) is Effect.TRIED


async def test_ladder_remembers_its_rungs_over_a_restart(autojump_clock: MockClock) -> None:
    journal = Notebook()
    async with talking() as talk:
        await a_ladder(journal=journal).climb(talk.session)
        assert await a_ladder(journal=journal).climb(talk.session) is Effect.REOPEN


async def test_rung_that_helped_the_last_time_is_tried_first(autojump_clock: MockClock) -> None:
    journal = Notebook()
    async with talking() as talk:
        ladder = a_ladder(journal=journal)
        for _ in range(3):
            await ladder.climb(talk.session)
        assert ladder.accepted()
        await ladder.write_down()
        assert journal.worked == {"m": "restart"}
        await trio.sleep(600)
        effects = [await a_ladder(journal=journal).climb(talk.session) for _ in range(4)]
        assert effects == [Effect.RESET, Effect.TRIED, Effect.REOPEN, Effect.NOT_ALLOWED]


async def test_submit_that_is_accepted_without_a_reset_before_is_no_rung_s_merit(
    autojump_clock: MockClock,
) -> None:
    journal = Notebook()
    ladder = a_ladder(journal=journal)
    assert not ladder.accepted()
    await ladder.write_down()
    assert not journal.worked


async def test_restart_settles_what_the_modem_owed(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        talk.session.owed = Owed(0.0, None)
        assert await a_ladder().use(Rung.RESTART, talk.session) is Effect.RESET
        assert talk.session.owed is None


async def test_restart_that_the_modem_refuses_settles_nothing(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT": OK}, otherwise=ERROR)) as talk:
        talk.session.owed = Owed(0.0, None)
        assert await a_ladder().use(Rung.RESTART, talk.session) is Effect.REOPEN
        assert talk.session.owed is not None


async def test_rungs_on_a_silent_modem_never_raise(autojump_clock: MockClock) -> None:
    async with talking(Peer(otherwise=SILENCE, escaped=SILENCE)) as talk:
        ladder = a_ladder()
        effects = [await ladder.climb(talk.session) for _ in range(3)]
        assert effects == [Effect.TRIED, Effect.REOPEN, Effect.REOPEN]


async def test_power_rung_runs_the_configured_command(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    async with talking() as talk:
        ladder = a_ladder("touch", str(mark))
        assert await ladder.use(Rung.POWER, talk.session) is Effect.RESET
        assert mark.exists()


async def test_power_rung_whose_command_fails_is_no_reset(tmp_path: Path) -> None:
    async with talking() as talk:
        assert await a_ladder("false").use(Rung.POWER, talk.session) is Effect.REOPEN
        assert await a_ladder(str(tmp_path / "missing")).use(Rung.POWER, talk.session) is Effect.REOPEN


async def test_power_rung_without_a_command_is_missing() -> None:
    async with talking() as talk:
        assert await a_ladder().use(Rung.POWER, talk.session) is Effect.NOT_ALLOWED
