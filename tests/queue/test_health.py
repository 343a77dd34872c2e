"""The health of a link: every reaction of the fault table, refusals in a row, and rests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trio
from trio.testing import MockClock

from gatewayd.events import feed
from gatewayd.message import State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.modes import Mode
from gatewayd.queue.service import Queue
from gatewayd.sms.faults import AfterSubmit, Fault, FaultClass, Scope, lookup

from .conftest import Setup

LONG = "abcdefghij" * 40
FIRST_SIM, OTHER_SIM = "8934000000000000000", "8934999999999999999"


def every_fault() -> Iterator[Fault]:
    yield from (lookup("cms", code) for code in range(601))
    yield from (lookup("cme", code) for code in range(256))
    yield lookup("error", None)


def kinds_of_fault() -> dict[tuple[FaultClass, Scope, AfterSubmit], Fault]:
    """One fault for each class, scope and meaning after 0x1A that the tables have."""
    found: dict[tuple[FaultClass, Scope, AfterSubmit], Fault] = {}
    for fault in every_fault():
        found.setdefault((fault.fault_class, fault.scope, fault.after_submit), fault)
    return found


KINDS = [
    pytest.param(fault, id=f"{fault.fault_class}-{fault.scope}-{fault.after_submit} {fault.name}")
    for fault in kinds_of_fault().values()
]


def escalations() -> dict[tuple[FaultClass, int, FaultClass, Scope], Fault]:
    """One fault for each class that becomes another after so many tries."""
    found: dict[tuple[FaultClass, int, FaultClass, Scope], Fault] = {}
    for fault in every_fault():
        if fault.then is not None and fault.max_tries is not None:
            found.setdefault((fault.fault_class, fault.max_tries, fault.then, fault.scope), fault)
    return found


ESCALATIONS = [
    pytest.param(fault, id=f"{fault.fault_class} x{fault.max_tries} {fault.then} {fault.name}")
    for fault in escalations().values()
]


async def check_reaction(setup: Setup, fault: Fault, expected: FaultClass) -> None:
    """Send one message whose first try ends in ``fault``; the reaction must be that of the ``expected`` class."""
    async with setup.running() as queue:
        name = await setup.send(queue, "one")
        await trio.sleep(1.5)
        view, modem = await setup.look(queue, name), await queue.modem("phone1")
        spent = fault.scope in (Scope.MESSAGE, Scope.RECIPIENT)
        match expected:
            case FaultClass.DOUBT:
                assert view.state is State.IN_DOUBT
            case FaultClass.PERMANENT:
                assert (view.state, view.error) == (State.FAILED, fault.name)
            case FaultClass.STOP:
                assert (view.state, modem.mode) == (State.QUEUED, Mode.STOPPED)
                assert modem.mode_reason == f"{fault.name}: {fault.text}"
            case FaultClass.SOON | FaultClass.LATER:
                assert (view.state, view.wait_reason) == (State.QUEUED, "retry")
            case FaultClass.RESET:
                assert setup.air.recovered == ["phone1"]
        assert modem.failing == (0 if spent else 1)
        await trio.sleep(3600)
        sends_at_last = expected not in (FaultClass.DOUBT, FaultClass.PERMANENT, FaultClass.STOP)
        assert (await setup.state(queue, name) is State.SENT) is sends_at_last
    assert setup.air.texts() == (["one"] if sends_at_last else [])


@pytest.mark.parametrize("fault", KINDS)
async def test_fault_before_the_prompt_has_the_reaction_of_its_class(
    fault: Fault, setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].unprompted[0] = (fault.kind, fault.code)
    await check_reaction(setup, fault, fault.fault_class)


@pytest.mark.parametrize("fault", [kind for kind in KINDS if kind.values[0].code is not None])  # type: ignore[union-attr]
async def test_fault_after_ctrl_z_has_the_reaction_of_its_class_unless_it_proves_nothing(
    fault: Fault, setup: Setup, autojump_clock: MockClock
) -> None:
    assert fault.code is not None
    setup.air.lines["phone1"].refusals[0] = (fault.kind, fault.code, 1.0)
    doubtful = fault.after_submit is AfterSubmit.DOUBT
    await check_reaction(setup, fault, FaultClass.DOUBT if doubtful else fault.fault_class)


@pytest.mark.parametrize("fault", ESCALATIONS)
async def test_fault_that_goes_on_has_the_reaction_of_its_next_class(
    fault: Fault, setup: Setup, autojump_clock: MockClock
) -> None:
    assert fault.max_tries is not None
    setup.settings = setup.settings.model_copy(update={"attempts": 20})
    line = setup.air.lines["phone1"]
    line.unprompted = dict.fromkeys(range(fault.max_tries), (fault.kind, fault.code))
    async with setup.running() as queue:
        name = await setup.send(queue, "one")
        await trio.sleep(6 * 3600)
        assert await setup.state(queue, name) is State.SENT
        recovered = len(setup.air.recovered)
        tries = line.submits
        line.unprompted = dict.fromkeys(range(tries, tries + fault.max_tries + 1), (fault.kind, fault.code))
        name = await setup.send(queue, "two", to="+34600000002")
        await trio.sleep(6 * 3600)
        view, modem = await setup.look(queue, name), await queue.modem("phone1")
    match fault.then:
        case FaultClass.PERMANENT:
            assert (view.state, view.attempts) == (State.FAILED, fault.max_tries + 1)
        case FaultClass.STOP:
            assert (view.state, modem.mode) == (State.QUEUED, Mode.STOPPED)
        case FaultClass.RESET:
            assert (view.state, len(setup.air.recovered)) == (State.SENT, recovered + 1)
        case _:
            assert view.state is State.SENT


# --- refusals for good, in a row -----------------------------------------------------------------------------------


def _to(number: int) -> str:
    return f"+346000001{number:02}"


async def test_three_recipients_refused_in_a_row_stop_the_modem_and_keep_the_third_message(
    setup: Setup, autojump_clock: MockClock
) -> None:
    line = setup.air.lines["phone1"]
    line.barred = {_to(number): 10 for number in range(5)}
    async with setup.running() as queue:
        names = [await setup.send(queue, str(number), to=_to(number)) for number in range(5)]
        await trio.sleep(600)
        states = [await setup.state(queue, name) for name in names]
        modem = await queue.modem("phone1")
        events = setup.database.transact(lambda tx: feed.read_after(tx, 0, 100))
    assert states == [State.FAILED, State.FAILED, State.QUEUED, State.QUEUED, State.QUEUED]
    assert (line.submits, modem.mode) == (3, Mode.STOPPED)
    assert "3 recipients in a row were refused for good, the last with +CMS 10" in (modem.mode_reason or "")
    stopped = next(event for event in events if event.kind == "modem.stopped")
    assert stopped.data["reason"] == modem.mode_reason


async def test_numbers_that_nobody_can_reach_say_nothing_about_the_sim(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].barred = {_to(number): 1 for number in range(5)}
    async with setup.running() as queue:
        for number in range(8):
            await setup.send(queue, str(number), to=_to(number))
        await trio.sleep(600)
        assert (await queue.modem("phone1")).mode == Mode.RUNNING
    assert setup.air.texts() == ["5", "6", "7"]


async def test_modem_that_was_set_running_again_sends_what_was_kept(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].barred = {_to(number): 10 for number in range(3)}
    async with setup.running() as queue:
        names = [await setup.send(queue, str(number), to=_to(number)) for number in range(3)]
        await trio.sleep(60)
        setup.air.lines["phone1"].refusals.clear()
        setup.air.lines["phone1"].barred.clear()
        await queue.set_mode("phone1", "running", actor="ana", reason="credit bought")
        await trio.sleep(60)
        assert await setup.state(queue, names[2]) is State.SENT
    assert setup.air.texts() == ["2"]


@pytest.mark.parametrize("between", ["an accepted part", "the same recipient", "a fault of the network"])
async def test_refusals_count_by_recipients_since_the_last_accepted_part(
    between: str, setup: Setup, autojump_clock: MockClock
) -> None:
    line = setup.air.lines["phone1"]
    line.barred = {_to(number): 10 for number in range(3)}
    async with setup.running() as queue:
        for number in range(2):
            await setup.send(queue, "bad", to=_to(number))
        await trio.sleep(20)
        if between == "an accepted part":
            await setup.send(queue, "good", to=_to(9))
            await setup.send(queue, "bad", to=_to(2))
        elif between == "the same recipient":
            await setup.send(queue, "bad again", to=_to(1))
        else:
            line.unprompted[2] = ("cms", 38)
            await setup.send(queue, "bad", to=_to(2))
        await trio.sleep(600)
        mode = (await queue.modem("phone1")).mode
    assert mode == (Mode.STOPPED if between == "a fault of the network" else Mode.RUNNING)


async def test_another_modem_takes_what_a_stopped_one_kept(setup: Setup, autojump_clock: MockClock) -> None:
    setup = Setup(setup.database, modems=("phone1", "phone2"))
    setup.air.lines["phone1"].refusals = dict.fromkeys(range(9), ("cms", 10, 1.0))
    async with setup.running() as queue:
        names = [await setup.send(queue, str(n), to=_to(n), modem="phone1") for n in range(2)]
        await trio.sleep(30)
        names += [await setup.send(queue, str(n), to=_to(n)) for n in range(2, 6)]
        await trio.sleep(120)
        states = [await setup.state(queue, name) for name in names]
        modes = [(await queue.modem(name)).mode for name in ("phone1", "phone2")]
    assert modes == [Mode.STOPPED, Mode.RUNNING]
    assert states == [State.FAILED] * 2 + [State.SENT] * 4


async def test_resting_modem_shows_why_and_how_often_it_failed(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].unprompted = dict.fromkeys(range(4), ("cms", 331))
    async with setup.running() as queue:
        await setup.send(queue, "waits")
        await trio.sleep(3)
        modem = await queue.modem("phone1")
        assert modem.failing == 1
        await trio.sleep(6 * 3600)
        assert (await queue.modem("phone1")).failing == 0
    assert setup.air.texts() == ["waits"]


async def _cut_submits(setup: Setup, queue: Queue, times: int, seconds: float) -> None:
    """``times`` submits in a row are cut off, as by a plug that is pulled, within ``seconds``; it stays pulled."""
    setup.air.lines["phone1"].lost.update(range(times))
    for number in range(times):
        await setup.send(queue, f"cut {number}", to=_to(number))
    await trio.sleep(seconds)
    modem = await queue.modem("phone1")
    assert (modem.failing, modem.resting_until is not None) == (times, True)
    setup.air.change("phone1", LinkState.ABSENT)


async def test_modem_that_is_plugged_in_again_does_not_rest_any_longer(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await _cut_submits(setup, queue, 7, 100)
        await setup.send(queue, "next", to="+34600000099")
        setup.air.change("phone1", LinkState.READY)
        await trio.sleep(7)
    assert setup.air.texts() == ["next"]


async def test_modem_that_is_cut_off_at_each_submit_rests_however_often_it_comes_back_until_its_sim_is_changed(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await _cut_submits(setup, queue, 8, 200)
        await setup.send(queue, "next", to="+34600000099")
        setup.air.change("phone1", LinkState.READY)
        await trio.sleep(60)
        assert setup.air.texts() == []
        setup.air.swap_sim("phone1", OTHER_SIM)
        await trio.sleep(7)
        assert (await queue.modem("phone1")).failing == 0
    assert setup.air.texts() == ["next"]


async def test_modem_that_answers_and_never_prompts_climbs_its_ladder_from_the_third_time_on(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].mute.update(range(5))
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(180)
        assert await setup.state(queue, name) is State.SENT
    assert setup.air.recovered == ["phone1"] * 3


async def test_ladder_waits_until_the_line_is_there_and_a_modem_that_comes_back_anew_needs_none(
    setup: Setup, autojump_clock: MockClock
) -> None:
    line = setup.air.lines["phone1"]
    line.mute.update(range(3))
    async with setup.running() as queue:
        await setup.send(queue, "hello")
        await trio.sleep(28)
        setup.air.change("phone1", LinkState.STARTING)
        await trio.sleep(30)
        assert setup.air.recovered == []
        setup.air.change("phone1", LinkState.READY)
        await trio.sleep(30)
        assert setup.air.recovered == ["phone1"]
        line.mute.update(range(line.submits, line.submits + 3))
        await setup.send(queue, "again", to="+34600000002")
        await trio.sleep(28)
        for state in (LinkState.STARTING, LinkState.ABSENT):
            setup.air.change("phone1", state)
            await trio.sleep(20)
        setup.air.change("phone1", LinkState.READY)
        await trio.sleep(60)
    assert setup.air.recovered == ["phone1"]
    assert setup.air.texts() == ["hello", "again"]
