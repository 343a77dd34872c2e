"""The SIM's own count of references, as evidence about a submit that was not answered."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from gatewayd.message import State

from .conftest import Setup


async def _doubtful(setup: Setup, reference: int | None) -> tuple[list[int | None], list[str]]:
    """One accepted submit (TP-MR 0), one that is not answered; the SIM then names ``reference``."""
    line = setup.air.lines["phone1"]
    line.silent.add(1)
    async with setup.running() as queue:
        await setup.send(queue, "accepted")
        name = await setup.send(queue, "perhaps", to="+34600000002")
        await trio.sleep(30)
        line.reference = reference
        await trio.sleep(300)
        detail = await queue.detail(None, name)
    assert detail.message.state is State.IN_DOUBT
    return [part.mr for part in detail.parts], [change.kind for change in detail.timeline]


async def test_reference_that_moved_on_is_noted_with_the_part_and_settles_nothing(
    setup: Setup, autojump_clock: MockClock
) -> None:
    references, kinds = await _doubtful(setup, 1)
    assert references == [1]
    assert kinds[-1] == "message.evidence"


async def test_reference_that_did_not_move_proves_nothing(setup: Setup, autojump_clock: MockClock) -> None:
    references, kinds = await _doubtful(setup, 0)
    assert references == [None]
    assert "message.evidence" not in kinds


async def test_reference_that_somebody_else_moved_is_not_believed(
    setup: Setup, autojump_clock: MockClock
) -> None:
    references, _ = await _doubtful(setup, 5)
    assert references == [None]


async def test_modem_that_keeps_no_reference_says_nothing(setup: Setup, autojump_clock: MockClock) -> None:
    references, _ = await _doubtful(setup, None)
    assert references == [None]
