"""Each rule that must always hold, broken by somebody who writes to the database: the queue stops, and nothing
leaves that shouldn't, neither then nor after a person has let it go on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from prometheus_client import REGISTRY
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd import audit
from gatewayd.errors import Conflict
from gatewayd.events import feed
from gatewayd.message import TRANSITIONS, State
from gatewayd.queue.halting import InvariantViolation, halt
from gatewayd.queue.lifecycle import move
from gatewayd.queue.records import turns
from gatewayd.queue.service import Queue
from gatewayd.store.transaction import Tx

from .conftest import NOON, Setup


def write(setup: Setup, sql: str) -> None:
    setup.database.transact(lambda tx: tx.execute(text(sql)))


async def assert_halted(setup: Setup, queue: Queue, reason: str) -> None:
    """The halt is on, and shows wherever it should."""
    (obstacle,) = [obstacle for obstacle in queue.obstacles() if obstacle.code == "halted"]
    assert reason in obstacle.message
    assert REGISTRY.get_sample_value("gatewayd_halted") == 1
    events = await setup.database.read(feed.timeline, "queue")
    assert [event.kind for event in events][-1:] == ["queue.halted"]
    assert reason in events[-1].data["reason"]
    (entry,) = await setup.database.read(lambda tx: audit.page(tx, limit=1, object="queue"))
    assert (entry.actor, entry.action) == ("gatewayd", "queue.halt")
    assert reason in (entry.reason or "")


async def assert_goes_on(setup: Setup, queue: Queue) -> None:
    """After a resume another message leaves, without a restart."""
    await queue.resume(actor="ana", reason="looked at it")
    assert REGISTRY.get_sample_value("gatewayd_halted") == 0
    name = await setup.send(queue, "after", to="+34600000009")
    await trio.sleep(3600)
    assert await setup.state(queue, name) is State.SENT
    assert queue.obstacles() == []
    (entry,) = await setup.database.read(lambda tx: audit.page(tx, limit=1, object="queue"))
    assert (entry.actor, entry.action, entry.reason) == ("ana", "queue.resume", "looked at it")


def breaking(setup: Setup, sql: str) -> Callable[[], Awaitable[None]]:
    """Writes once, just before the modem would arm."""
    left = [sql]

    async def break_rule() -> None:
        await trio.lowlevel.checkpoint()
        if left:
            write(setup, left.pop())

    return break_rule


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE attempt SET armed_at = 1",
        "UPDATE attempt SET finished_at = 1, outcome = 'withdrawn'",
        "DELETE FROM attempt",
        "UPDATE message SET state = 'failed'",
        "INSERT INTO part (message_seq, number, state, modem, at) VALUES (1, 1, 'sent', 'phone1', 0)",
    ],
    ids=["armed", "finished", "vanished", "failed", "accepted"],
)
async def test_arming_that_changes_no_row_halts_before_anything_is_sent(
    setup: Setup, autojump_clock: MockClock, sql: str
) -> None:
    setup.air.lines["phone1"].before_ctrl_z = breaking(setup, sql)
    async with setup.running() as queue:
        await setup.send(queue, "odd")
        await trio.sleep(30)
        await setup.send(queue, "waits", to="+34600000002")
        await trio.sleep(30)
        assert setup.air.texts() == []
        await assert_halted(setup, queue, "can't be armed")
        write(setup, "DELETE FROM part")
        await assert_goes_on(setup, queue)
    assert setup.air.texts().count("odd") <= 1
    assert setup.air.texts()[-2:] == ["waits", "after"]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("UPDATE attempt SET finished_at = 1, outcome = 'refused'", "settled twice"),
        ("DELETE FROM attempt", "settled twice"),
        ("UPDATE message SET state = 'queued', ready = 1", "left its state"),
    ],
)
@pytest.mark.parametrize("interval", [7.0, 0.0])
async def test_outcome_that_cannot_be_written_halts_and_its_part_is_in_doubt(
    setup: Setup, autojump_clock: MockClock, sql: str, reason: str, interval: float
) -> None:
    setup.interval = interval
    async with setup.running() as queue:
        name = await setup.send(queue, "once")
        await trio.sleep(1)  # 0x1A is written, the answer comes in a second
        write(setup, sql)
        await trio.sleep(5)
        await assert_halted(setup, queue, reason)
        assert await setup.state(queue, name) is State.IN_DOUBT
        await assert_goes_on(setup, queue)
    async with setup.running():
        await trio.sleep(3600)
    assert setup.air.texts() == ["once", "after"]


async def test_outcome_of_a_message_that_is_over_halts_and_does_not_revive_it(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "once")
        await trio.sleep(1)
        write(setup, "UPDATE message SET state = 'cancelled', ready = NULL")
        await trio.sleep(5)
        await assert_halted(setup, queue, "left its state")
        await assert_goes_on(setup, queue)
        assert await setup.state(queue, name) is State.CANCELLED
    assert setup.air.texts() == ["once", "after"]


async def test_second_attempt_at_a_part_that_is_under_way_halts(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await queue.set_mode("phone1", "paused", actor="ana", reason="test")
        await setup.send(queue, "odd")
        write(
            setup,
            "INSERT INTO attempt (message_seq, part, number, modem, claimed_at) VALUES (1, 1, 1, 'phone1', 0)",
        )
        await queue.set_mode("phone1", "running", actor="ana", reason="test")
        await trio.sleep(30)
        assert setup.air.texts() == []
        await assert_halted(setup, queue, "under way already")
        write(setup, "DELETE FROM attempt")
        await assert_goes_on(setup, queue)
    assert setup.air.texts() == ["odd", "after"]


async def test_armed_attempt_of_a_queued_message_is_in_doubt_after_a_restart_and_not_sent_again(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "once")
        await trio.sleep(1)
        setup.cut_power()
    write(setup, "UPDATE message SET state = 'queued', ready = 1")
    async with setup.running() as queue:
        await trio.sleep(3600)
        assert await setup.state(queue, name) is State.IN_DOUBT
    assert setup.air.texts() == ["once"]


@pytest.mark.parametrize(
    "column", ["recipient = '+34600000666'", "text = 'changed'", "flash = 1", "parts = 2"]
)
async def test_row_that_is_not_what_was_accepted_is_never_sent(
    setup: Setup, autojump_clock: MockClock, column: str
) -> None:
    async with setup.running() as queue:
        await queue.set_mode("phone1", "paused", actor="ana", reason="test")
        name = await setup.send(queue, "as accepted")
        write(setup, f"UPDATE message SET {column}")
        await queue.set_mode("phone1", "running", actor="ana", reason="test")
        await trio.sleep(30)
        await assert_halted(setup, queue, f"the row of message {name} is not what was accepted")
        await queue.cancel(None, name, actor="ana")
        await assert_goes_on(setup, queue)
    assert setup.air.texts() == ["after"]


@pytest.mark.parametrize("before", sorted(set(State) - {State.STAGED}))
def test_step_that_must_not_exist_is_refused(setup: Setup, before: State) -> None:
    setup.database.transact(accept_one, before)
    for to in sorted(State):
        if (before, to) not in TRANSITIONS:
            with pytest.raises(InvariantViolation, match=f"can't go from {before} to {to}"):
                setup.database.transact(step, to)


def accept_one(tx: Tx, state: State) -> None:
    tx.execute(text("INSERT INTO client (id, name, created_at, disabled) VALUES (1, 'shop', 0, 0)"))
    columns = {
        "seq": 1,
        "id": "'m'",
        "client_id": 1,
        "state": f"'{state}'",
        **dict.fromkeys(("recipient", "text", "type", "route", "encoding", "in_doubt", "ordering"), "''"),
        **dict.fromkeys(
            (
                *("priority", "parts", "parts_sent", "flash", "report", "attempts", "spent", "checksum"),
                *("possible_duplicate", "overtaken", "corrected", "cancel_requested"),
                *("created_at", "updated_at"),
            ),
            0,
        ),
    }
    tx.execute(
        text(f"INSERT INTO message ({', '.join(columns)}) VALUES ({', '.join(map(str, columns.values()))})")
    )


def step(tx: Tx, to: State) -> None:
    move(tx, turns.load.first(tx, {"seq": 1}), to, NOON)


async def test_first_reason_of_a_halt_stays(setup: Setup, autojump_clock: MockClock) -> None:
    for reason in ("first", "second"):
        setup.database.transact(halt, reason, setup.clock.now())
    async with setup.running() as queue:
        assert "first" in queue.obstacles()[0].message
        await queue.resume(actor="ana", reason="looked at it")
        with pytest.raises(Conflict, match="not halted"):
            await queue.resume(actor="ana", reason="again")
