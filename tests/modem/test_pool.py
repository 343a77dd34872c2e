"""The pool with simulated modems on real ptys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from pydantic import SecretStr
from structlog.testing import capture_logs

from gatewayd.clock import SystemClock
from gatewayd.modem.pool import Pool
from gatewayd.modem.ports import Accepted, LinkState, ModemStatus, Refused, Unknown
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.simulator import PROFILES, Noise, Simulator, SimulatorSettings, parse_all
from gatewayd.sms.pdu import decode_deliver
from tests.modem.peer import PDU, Letterbox, Notebook, armed

PATIENCE = 10.0
"""Seconds that a loaded machine may take for what takes half a second."""


class Broken(Notebook):
    """A journal that fails for one modem."""

    async def identified(self, status: object) -> None:
        assert isinstance(status, ModemStatus)
        if status.name == "bad":
            raise RuntimeError("a defect")


async def until(pool: Pool, name: str, condition: Callable[[], object]) -> None:
    changed = trio.Event()

    def look() -> None:
        if condition():
            changed.set()

    pool.watch(name, look)
    look()
    with trio.fail_after(PATIENCE):
        await changed.wait()


@asynccontextmanager
async def running(pool: Pool, *simulators: Simulator) -> AsyncIterator[trio.Nursery]:
    async with trio.open_nursery() as nursery:
        for simulator in simulators:
            await nursery.start(simulator.run)
        await nursery.start(pool.run)
        yield nursery
        nursery.cancel_scope.cancel()


def plugged(directory: Path, name: str, *errors: str, **more: object) -> tuple[Simulator, ModemSettings]:
    settings = SimulatorSettings(link=directory / name, errors=parse_all(errors), **more)  # type: ignore[arg-type]
    return Simulator(settings), ModemSettings(name=name, port=directory / name)


def a_pool(
    *settings: ModemSettings, journal: Notebook | None = None, mailbox: Letterbox | None = None
) -> Pool:
    pool = Pool(settings, journal=journal or Notebook(), clock=SystemClock())
    if mailbox is not None:
        pool.deliver_to(mailbox)
    return pool


async def test_pool_with_a_configured_simulator_submits_into_its_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    modem = ModemSettings.model_validate(
        {
            "name": "demo",
            "driver": "simulator",
            "pin": "1234",
            "simulator": {"ledger": ledger, "errors": ["38@2"]},
        }
    )
    pool = a_pool(modem)
    async with running(pool):
        await until(pool, "demo", lambda: pool.line("demo"))
        line = pool.line("demo")
        assert line is not None
        outcomes = [await line.submit(PDU, arm=armed) for _ in range(3)]
        assert [type(outcome) for outcome in outcomes] == [Accepted, Refused, Accepted]
        assert pool.status("demo").operator == "Simulated Network"
    assert "accepted" in ledger.read_text()


@pytest.mark.parametrize("make", PROFILES)
async def test_pool_brings_up_every_make_that_the_simulator_knows(make: str, tmp_path: Path) -> None:
    simulator, settings = plugged(tmp_path, "a", profile=PROFILES[make])
    pool = a_pool(settings)
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        line = pool.line("a")
        assert line is not None
        assert isinstance(await line.submit(PDU, arm=armed), Accepted)


async def test_pool_on_a_noisy_line_says_accepted_of_what_the_network_accepted(tmp_path: Path) -> None:
    noise = Noise(urc=0.3, garbage=0.3)
    simulator, settings = plugged(tmp_path, "a", "38@*7", noise=noise, pin="1234", reports=True)
    pool = a_pool(settings.model_copy(update={"pin": SecretStr("1234")}))
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        line = pool.line("a")
        assert line is not None
        outcomes = [await line.submit(PDU, arm=armed) for _ in range(100)]
    assert {type(outcome) for outcome in outcomes} == {Accepted, Refused}
    ledger = [entry.event for entry in simulator.entries]
    assert ledger == ["accepted" if isinstance(outcome, Accepted) else "refused" for outcome in outcomes]


async def test_pool_knows_its_modems_by_name(tmp_path: Path) -> None:
    pool = a_pool(*(ModemSettings(name=name, port=tmp_path / name) for name in ("b", "a")))
    assert pool.names() == ["b", "a"]
    assert pool.status("a").state is LinkState.ABSENT
    assert pool.line("a") is None
    for ask in (pool.status, pool.line):
        with pytest.raises(KeyError):
            ask("c")
    with pytest.raises(KeyError):
        await pool.recover("c")


async def test_pool_whose_one_modem_is_pulled_out_goes_on_with_the_other(tmp_path: Path) -> None:
    (first, a), (second, b) = plugged(tmp_path, "a"), plugged(tmp_path, "b")
    pool = a_pool(a, b)
    async with running(pool, first, second):
        for name in pool.names():
            await until(pool, name, lambda name=name: pool.line(name))
        first.unplug()
        await until(pool, "a", lambda: pool.line("a") is None)
        line = pool.line("b")
        assert line is not None
        assert isinstance(await line.submit(PDU, arm=armed), Accepted)
        first.plug()
        await until(pool, "a", lambda: pool.line("a"))


async def test_pool_whose_modem_is_pulled_out_in_mid_submit_says_unknown_and_recovers(tmp_path: Path) -> None:
    simulator, settings = plugged(tmp_path, "a", latency=60.0)
    pool = a_pool(settings)
    async with running(pool, simulator) as nursery:
        await until(pool, "a", lambda: pool.line("a"))
        line = pool.line("a")
        assert line is not None
        armed_now = trio.Event()

        async def arm() -> None:
            armed_now.set()

        async def unplug() -> None:
            await armed_now.wait()
            await trio.testing.wait_all_tasks_blocked(0.05)
            simulator.unplug()

        nursery.start_soon(unplug)
        with trio.fail_after(PATIENCE):
            outcome = await line.submit(PDU, arm=arm)
        assert isinstance(outcome, Unknown)
        assert outcome.stamp is not None
        simulator.plug()
        await until(pool, "a", lambda: pool.line("a"))


async def test_pool_whose_one_link_has_a_defect_starts_it_again_and_keeps_the_other(tmp_path: Path) -> None:
    (first, bad), (second, good) = plugged(tmp_path, "bad"), plugged(tmp_path, "good")
    pool = a_pool(bad, good, journal=Broken())
    with capture_logs() as logs:
        async with running(pool, first, second):
            await until(pool, "good", lambda: pool.line("good"))
            await until(pool, "bad", lambda: "internal error" in (pool.status("bad").reason or ""))
            assert pool.line("good") is not None
    assert "modem.failed" in [entry["event"] for entry in logs]


async def test_pool_whose_simulated_port_s_name_is_taken_goes_on_with_the_others(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    simulated = [
        ModemSettings.model_validate({"name": "bad", "driver": "simulator", "port": taken}),
        ModemSettings.model_validate({"name": "good", "driver": "simulator"}),
    ]
    with capture_logs() as logs:
        async with running(pool := a_pool(*simulated)):
            await until(pool, "good", lambda: pool.line("good"))
    assert "modem.simulator_failed" in [entry["event"] for entry in logs]


async def test_pool_takes_what_its_modems_receive_to_the_mailbox(tmp_path: Path) -> None:
    simulator, settings = plugged(tmp_path, "a")
    mailbox = Letterbox()
    pool = a_pool(settings, mailbox=mailbox)
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        simulator.deliver("+34600000001", "hello")
        await mailbox.until(1)
    assert decode_deliver(mailbox.messages[0]).text == "hello"


async def test_pool_that_is_asked_to_recover_a_modem_restarts_it_on_the_third_rung(tmp_path: Path) -> None:
    simulator, settings = plugged(tmp_path, "a")
    pool = a_pool(settings)
    async with running(pool, simulator):
        for _ in range(3):
            await until(pool, "a", lambda: pool.line("a"))
            with trio.fail_after(PATIENCE):
                await pool.recover("a")
        await until(pool, "a", lambda: pool.line("a"))


async def test_pool_with_no_modem_there_starts_and_ends_at_once(tmp_path: Path) -> None:
    pool = a_pool(ModemSettings(name="a", port=tmp_path / "missing"))
    with trio.fail_after(PATIENCE):
        async with running(pool):
            await until(pool, "a", lambda: "isn't there" in (pool.status("a").reason or ""))


async def test_pool_that_is_told_of_a_submit_of_an_earlier_process_takes_the_late_answer_for_nobody_s(
    tmp_path: Path,
) -> None:
    simulator, settings = plugged(tmp_path, "a")
    mailbox = Letterbox()
    pool = a_pool(settings, mailbox=mailbox)
    with pytest.raises(KeyError):
        pool.suspect("b")
    async with running(pool, simulator):
        pool.suspect("a")
        await until(pool, "a", lambda: pool.line("a"))
        simulator.inject("+CMGS: 7")
        with trio.fail_after(PATIENCE):
            while not mailbox.late_results:
                await mailbox.changed.wait()
    assert mailbox.late_results == [(None, 7, None)]
