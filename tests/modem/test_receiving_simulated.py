"""Receiving from simulated modems on real ptys, by every way that there is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trio

from gatewayd.modem.ports import Accepted
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.simulator import PROFILES, Profile, Simulator, SimulatorSettings
from gatewayd.sms.pdu import Pdu, decode_deliver, decode_status_report
from tests.modem.peer import Letterbox, armed
from tests.modem.simulator.dialogue import NUMBER, submit_pdus
from tests.modem.test_pool import PATIENCE, a_pool, plugged, running, until

STORED_REPORTS = ("+CNMI=2,1,0,1", "+CNMI=1,1,0,1", "+CNMI=2,1,2,1")
"""What a modem refuses that can't hand over a report directly."""


def a_pdu(text: str = "hello") -> Pdu:
    (pdu,) = submit_pdus(text, report=True)
    return pdu


def refusing(make: str, *commands: str) -> Profile:
    profile = PROFILES[make]
    return replace(profile, refuses=(*profile.refuses, *commands))


@pytest.mark.parametrize(
    "profile",
    [
        *(pytest.param(profile, id=name) for name, profile in PROFILES.items()),
        pytest.param(refusing("generic", "+CSMS=1"), id="no acknowledgements"),
        pytest.param(refusing("generic", "+CNMA=?"), id="no CNMA"),
        pytest.param(refusing("generic", *STORED_REPORTS), id="reports stored"),
        pytest.param(refusing("quectel", *STORED_REPORTS), id="reports stored elsewhere"),
        pytest.param(refusing("generic", "+CPMS"), id="no memories"),
        pytest.param(refusing("generic", "+CMGR"), id="listing only"),
    ],
)
async def test_messages_and_reports_of_a_make_arrive_once_and_leave_nothing_behind(
    profile: Profile, tmp_path: Path
) -> None:
    simulator, settings = plugged(tmp_path, "a", profile=profile, reports=True)
    mailbox = Letterbox()
    pool = a_pool(settings, mailbox=mailbox)
    simulator.deliver(NUMBER, "before the start")
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        line = pool.line("a")
        assert line is not None
        outcomes = [await line.submit(a_pdu(str(number)), arm=armed) for number in range(3)]
        simulator.deliver(NUMBER, "long " * 60)
        await mailbox.until(6 if profile.manufacturer != "huawei" else 3)
        with trio.fail_after(PATIENCE):
            await pool.housekeep("a")
        used = {memory: used for memory, used, _ in mailbox.usages}
        assert not any(used.values())
    texts = [decode_deliver(octets).text for octets in mailbox.messages]
    assert sorted(texts) == sorted({*texts, "before the start"})
    assert "".join(text for text in texts if "long" in text) == "long " * 60
    accepted = [outcome.mr for outcome in outcomes if isinstance(outcome, Accepted)]
    assert len(accepted) == 3
    if profile.manufacturer != "huawei":  # which refuses to hand reports over, or to store them
        assert [decode_status_report(octets).reference for octets in mailbox.reports] == accepted


async def test_modem_that_announces_nothing_is_polled(tmp_path: Path) -> None:
    simulator, settings = plugged(tmp_path, "a", profile=refusing("generic", "+CNMI"))
    mailbox = Letterbox()
    pool = a_pool(settings.model_copy(update={"poll_interval": 0.05}), mailbox=mailbox)
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        simulator.deliver(NUMBER, "hello")
        await mailbox.until(1)
    assert [decode_deliver(octets).text for octets in mailbox.messages] == ["hello"]


async def test_full_sim_is_emptied_and_what_the_network_held_back_comes_after(tmp_path: Path) -> None:
    simulator, settings = plugged(tmp_path, "a", slots=2)
    for number in range(7):
        simulator.deliver(NUMBER, str(number))
    mailbox = Letterbox()
    pool = a_pool(settings, mailbox=mailbox)
    async with running(pool, simulator):
        await mailbox.until(7)
    assert sorted(decode_deliver(octets).text for octets in mailbox.messages) == [*"0123456"]


async def test_message_at_which_the_mailbox_fails_holds_up_neither_others_nor_sending(tmp_path: Path) -> None:
    simulator, settings = plugged(tmp_path, "a")
    mailbox = Letterbox()
    pool = a_pool(settings.model_copy(update={"poll_interval": 0.05}), mailbox=mailbox)
    simulator.deliver(NUMBER, "poison")
    mailbox.poison = {stored.pdu for stored in simulator.stored}
    for text in ("one", "two"):
        simulator.deliver(NUMBER, text)
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        line = pool.line("a")
        assert line is not None
        assert isinstance(await line.submit(a_pdu(), arm=armed), Accepted)
        await mailbox.until(2)
        assert len(simulator.stored) >= 1
    assert [decode_deliver(octets).text for octets in mailbox.messages] == ["one", "two"]


async def test_report_of_a_submit_that_a_crash_cut_off_comes_to_whoever_opens_the_port_next(
    tmp_path: Path,
) -> None:
    simulator, settings = plugged(tmp_path, "a", latency=0.2, reports=True, report_after=0.1)
    gone = a_pool(settings, mailbox=Letterbox())
    async with trio.open_nursery() as nursery:
        await nursery.start(simulator.run)
        async with running(gone):
            await until(gone, "a", lambda: gone.line("a"))
            line = gone.line("a")
            assert line is not None
            # The process ends after 0x1A, long before the answer.
            with trio.CancelScope() as process:

                async def arm() -> None:
                    await armed()
                    process.deadline = trio.current_time() + 0.05

                await line.submit(a_pdu(), arm=arm)
        with trio.fail_after(PATIENCE):
            while not simulator.entries:  # noqa: ASYNC110 - real time, on a real pty
                await trio.sleep(0.01)
        mailbox = Letterbox()
        async with running(a_pool(settings, mailbox=mailbox)):
            await mailbox.until(1)
        nursery.cancel_scope.cancel()
    assert [decode_status_report(octets).reference for octets in mailbox.reports] == [simulator.entries[0].mr]


async def test_report_comes_after_the_simulated_network_was_restarted_too(tmp_path: Path) -> None:
    whole = {"ledger": tmp_path / "ledger", "reports": True}
    simulator, settings = plugged(tmp_path, "a", report_after=0.3, **whole)
    pool = a_pool(settings, mailbox=Letterbox())
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        line = pool.line("a")
        assert line is not None
        assert isinstance(await line.submit(a_pdu(), arm=armed), Accepted)
    again = Simulator(SimulatorSettings(link=tmp_path / "a", **whole))  # type: ignore[arg-type]
    mailbox = Letterbox()
    async with running(a_pool(settings, mailbox=mailbox), again):
        await mailbox.until(1)
    assert len(mailbox.reports) == 1


async def test_reference_that_the_sim_keeps_is_believed_after_three_submits(tmp_path: Path) -> None:
    simulator, settings = plugged(tmp_path, "a")
    pool = a_pool(settings.model_copy(update={"probe_reference": True}), mailbox=Letterbox())
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        line = pool.line("a")
        assert line is not None
        believed: list[int | None] = []
        with trio.fail_after(PATIENCE):
            while not believed or believed[-1] is None:
                outcome = await line.submit(a_pdu(), arm=armed)
                assert isinstance(outcome, Accepted)
                await pool.housekeep("a")
                believed.append(await line.last_reference())
        assert believed[:2] == [None, None]
        assert believed[-1] == outcome.mr


async def test_settings_of_a_simulated_modem_include_its_reports(tmp_path: Path) -> None:
    modem = ModemSettings.model_validate(
        {"name": "demo", "driver": "simulator", "simulator": {"reports": True, "report_after": 0.05}}
    )
    mailbox = Letterbox()
    pool = a_pool(modem, mailbox=mailbox)
    async with running(pool):
        await until(pool, "demo", lambda: pool.line("demo"))
        line = pool.line("demo")
        assert line is not None
        await line.submit(a_pdu(), arm=armed)
        await mailbox.until(1)
    assert len(mailbox.reports) == 1
