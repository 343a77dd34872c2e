"""One modem's life, in virtual time."""

from __future__ import annotations

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from gatewayd.modem.ports import Accepted, LinkState, ModemStatus, Phase, Unknown
from tests.modem.peer import ERROR, OK, PDU, SILENCE, Peer, Script, armed, said, usual
from tests.modem.plugged import Bench, linking

READY, ABSENT, STOPPED = LinkState.READY, LinkState.ABSENT, LinkState.STOPPED
SEARCHING, STARTING = LinkState.SEARCHING, LinkState.STARTING


def registered(*statuses: int) -> list[Script]:
    return [said(f"+CREG: 1,{status}") for status in statuses]


def a_modem(**replies: Script | list[Script]) -> Peer:
    """One that knows the circuit-switched domain only."""
    return Peer(usual() | {"AT+CGREG=1": ERROR, "AT+CEREG=1": ERROR} | replies)


async def settle(bench: Bench, seconds: float) -> None:
    await trio.sleep(seconds)
    await trio.testing.wait_all_tasks_blocked()


async def test_link_of_a_modem_that_is_there_becomes_ready_and_tells_all_about_it(
    autojump_clock: MockClock,
) -> None:
    async with linking() as bench:
        assert await bench.until_state(READY) < 1.0
        status = bench.link.status
        assert (status.imei, status.iccid) == ("490154203237518", "8934070039043559074")
        assert (status.manufacturer, status.model, status.revision) == ("Acme", "One", "1.0")
        assert (status.registration, status.signal_dbm, status.operator) == ("home", -73, "Net")
        assert status.reason is None
        assert bench.link.can_submit
        assert isinstance(known := bench.journal.known[0], ModemStatus)
        assert known.iccid == status.iccid


async def test_link_without_modem_at_start_says_so_once_and_goes_on_looking(
    autojump_clock: MockClock,
) -> None:
    with capture_logs() as logs:
        async with linking(present=False) as bench:
            await settle(bench, 3600)
            assert bench.link.status.state is ABSENT
            assert "isn't there" in (bench.link.status.reason or "")
            assert [entry["event"] for entry in logs] == ["modem.state"]
            bench.device.present = True
            assert await bench.until_state(READY) < 1.0
            assert bench.journal.resets == {}


async def test_link_whose_port_is_held_names_the_holder_and_takes_it_once_free(
    autojump_clock: MockClock,
) -> None:
    async with linking(running=False) as bench:
        bench.device.busy = True
        bench.device.nursery.start_soon(bench.link.run)
        await settle(bench, 10)
        assert "ModemManager" in (bench.link.status.reason or "")
        bench.device.busy = False
        assert await bench.until_state(READY) < 2.0


async def test_link_whose_modem_is_pulled_out_and_put_back_is_ready_within_a_second(
    autojump_clock: MockClock,
) -> None:
    async with linking() as bench:
        await bench.until_state(READY)
        await bench.device.unplug()
        await bench.until_state(ABSENT, within=0.1)
        assert not bench.link.can_submit
        await settle(bench, 5)
        bench.device.present = True
        assert await bench.until_state(READY) < 1.0
        assert isinstance(await bench.link.submit(PDU, arm=armed), Accepted)
        assert bench.journal.resets == {}


async def test_link_whose_modem_is_pulled_out_in_mid_submit_is_in_doubt_about_that_one_only(
    autojump_clock: MockClock,
) -> None:
    async with linking(Peer(usual(), submitted=[SILENCE, said("+CMGS: 2")])) as bench:
        await bench.until_state(READY)

        async def unplug() -> None:
            await trio.sleep(1)
            await bench.device.unplug()
            await trio.sleep(5)
            bench.device.present = True

        bench.device.nursery.start_soon(unplug)
        outcome = await bench.link.submit(PDU, arm=armed)
        assert isinstance(outcome, Unknown)
        assert outcome.phase is Phase.SUBMITTED
        await bench.until(lambda: bench.link.can_submit, within=8)
        assert isinstance(await bench.link.submit(PDU, arm=armed), Accepted)


async def test_link_without_a_modem_submits_nothing(autojump_clock: MockClock) -> None:
    async with linking(present=False) as bench:
        await settle(bench, 1)
        outcome = await bench.link.submit(PDU, arm=armed)
        assert isinstance(outcome, Unknown)
        assert outcome.phase is Phase.COMMAND


async def test_link_remembers_the_reset_after_which_it_could_send_again(autojump_clock: MockClock) -> None:
    async with linking() as bench:
        await bench.until_state(READY)
        await bench.link.recover()
        await bench.link.recover()
        await bench.until_state(READY)
        assert bench.journal.worked == {}
        assert isinstance(await bench.link.submit(PDU, arm=armed), Accepted)
        await bench.until(lambda: bench.journal.worked == {"m": "reopen"}, within=2)


async def test_link_whose_last_answer_is_owed_submits_nothing_until_the_modem_was_reset(
    autojump_clock: MockClock,
) -> None:
    async with linking(Peer(usual(), submitted=SILENCE)) as bench:
        await bench.until_state(READY)
        assert isinstance(await bench.link.submit(PDU, arm=armed), Unknown)
        assert not bench.link.can_submit
        took = await bench.until(lambda: bench.link.can_submit, within=600)
        assert took > 60
        assert "AT+CFUN=1,1" in bench.peer.heard
        assert [rung for _, rung in bench.journal.resets] == ["escape", "reopen", "restart"]
        assert bench.peer.heard.count("SUBMIT") == 1


async def test_link_whose_answer_comes_late_is_ready_again_without_a_reset(autojump_clock: MockClock) -> None:
    late = (200.0, said("+CMGS: 9"))
    async with linking(Peer(usual(), submitted=late)) as bench:
        await bench.until_state(READY)
        outcome = await bench.link.submit(PDU, arm=armed)
        assert isinstance(outcome, Unknown)
        await bench.until_state(STARTING, within=0.1)
        assert await bench.until(lambda: bench.link.can_submit, within=60) < 25
        assert bench.mailbox.late_results == [(outcome.stamp, 9, None)]
        assert bench.journal.resets == {}


async def test_link_whose_modem_falls_silent_climbs_every_rung_once_and_then_stops(
    autojump_clock: MockClock,
) -> None:
    async with linking() as bench:
        await bench.until_state(READY)
        bench.peer.replies.clear()
        bench.peer.otherwise = bench.peer.escaped = SILENCE
        await bench.until_state(STOPPED, within=300)
        assert [rung for _, rung in bench.journal.resets] == ["escape", "reopen", "restart"]
        assert "every reset was used" in (bench.link.status.reason or "")
        bench.peer.replies.update(usual())
        bench.peer.otherwise = bench.peer.escaped = OK
        await bench.until_state(READY, within=60)


async def test_link_whose_modem_boots_slowly_after_a_reset_is_given_time(autojump_clock: MockClock) -> None:
    async with linking(Peer(usual(), submitted=SILENCE), submit_timeout=1) as bench:
        await bench.until_state(READY)
        await bench.link.submit(PDU, arm=armed)
        await bench.until(lambda: "AT+CFUN=1,1" in bench.peer.heard, within=300)
        bench.peer.replies.clear()
        bench.peer.otherwise = bench.peer.escaped = SILENCE
        await settle(bench, 40)
        bench.peer.replies.update(usual())
        bench.peer.otherwise = bench.peer.escaped = OK
        await bench.until_state(READY, within=30)
        assert len(bench.journal.resets) == 3


async def test_link_whose_modem_restarts_by_itself_sets_it_up_again(autojump_clock: MockClock) -> None:
    async with linking() as bench:
        await bench.until_state(READY)
        bench.peer.heard.clear()
        await bench.say(b"\r\nRDY\r\n")
        await bench.until_state(STARTING, within=0.1)
        await bench.until_state(READY, within=2)
        assert "AT+CMGF=0" in bench.peer.heard


async def test_link_whose_modem_says_that_it_has_booted_during_set_up_begins_again(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem(**{"AT+CMGF=0": [b"\r\nRDY\r\n", OK]})) as bench:
        await bench.until_state(READY, within=3)
        assert bench.peer.commands("ATE0") == ["ATE0", "ATE0"]


async def test_link_whose_modem_says_that_it_has_booted_between_two_commands_begins_again(
    autojump_clock: MockClock,
) -> None:
    # While the SIM wakes up, set-up waits a second between two questions.
    busy = b"\r\n+CME ERROR: 14\r\n"
    async with linking(a_modem(**{"AT+CPIN?": [(busy, 0.5, b"\r\nRDY\r\n"), said("+CPIN: READY")]})) as bench:
        await bench.until_state(READY, within=5)
        assert bench.peer.commands("ATE0") == ["ATE0", "ATE0"]


async def test_link_looks_at_signal_and_registration_every_interval(autojump_clock: MockClock) -> None:
    async with linking(
        a_modem(**{"AT+CSQ": [said("+CSQ: 20,99"), said("+CSQ: 10,99")]}), refresh_interval=30
    ) as bench:
        await bench.until_state(READY)
        assert await bench.until(lambda: bench.link.status.signal_dbm == -93, within=40) == pytest.approx(
            30, abs=0.2
        )


async def test_link_whose_registration_changes_learns_it_at_once(autojump_clock: MockClock) -> None:
    async with linking(a_modem(**{"AT+CREG?": registered(1, 2, 1)})) as bench:
        await bench.until_state(READY)
        await settle(bench, 5)
        await bench.say(b"\r\n+CREG: 2\r\n")
        await bench.until_state(SEARCHING, within=0.1)
        assert not bench.link.can_submit
        await settle(bench, 2)
        await bench.say(b"\r\n+CREG: 1\r\n")
        await bench.until_state(READY, within=0.1)


async def test_link_whose_modem_reports_changes_without_end_looks_once_a_second(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        bench.peer.heard.clear()
        for _ in range(100):
            await bench.say(b"\r\n+CREG: 1\r\n")
            await trio.sleep(0.1)
        assert 8 <= bench.peer.heard.count("AT+CREG?") <= 12


async def test_link_without_network_becomes_ready_once_there_is_one(autojump_clock: MockClock) -> None:
    async with linking(a_modem(**{"AT+CREG?": registered(2, 2, 1)})) as bench:
        await bench.until_state(SEARCHING)
        assert bench.link.status.reason == "no network: searching"
        assert await bench.until_state(READY) <= 10.1


@pytest.mark.parametrize(("allow_roaming", "state"), [(True, READY), (False, STOPPED)])
async def test_link_in_a_foreign_network_follows_allow_roaming(
    allow_roaming: bool, state: LinkState, autojump_clock: MockClock
) -> None:
    async with linking(a_modem(**{"AT+CREG?": registered(5)}), allow_roaming=allow_roaming) as bench:
        await bench.until_state(state)
        assert bench.link.status.registration == "roaming"


async def test_link_denied_by_the_network_three_times_needs_a_person_and_recovers(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem(**{"AT+CREG?": registered(3, 3, 3, 1)})) as bench:
        await bench.until_state(SEARCHING)
        await bench.until_state(STOPPED)
        assert "refuses this SIM" in (bench.link.status.reason or "")
        await bench.until_state(READY)


async def test_link_not_registered_for_a_minute_tells_the_modem_to_look_for_a_network_once(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem(**{"AT+CREG?": registered(0), "AT+COPS=0": SILENCE})) as bench:
        await bench.until_state(SEARCHING)
        await settle(bench, 300)
        assert bench.peer.commands("AT+COPS=0") == ["AT+COPS=0"]
        assert bench.link.status.state is SEARCHING


async def test_link_searching_in_vain_for_10_minutes_restarts_the_modem(autojump_clock: MockClock) -> None:
    async with linking(a_modem(**{"AT+CREG?": registered(2)})) as bench:
        await bench.until_state(SEARCHING)
        await settle(bench, 590)
        assert "AT+CFUN=1,1" not in bench.peer.heard
        await settle(bench, 30)
        assert bench.peer.heard.count("AT+CFUN=1,1") == 1


async def test_link_whose_sim_needs_a_person_says_what_to_do_and_looks_again(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem(**{"AT+CPIN?": [said("+CPIN: SIM PUK"), said("+CPIN: READY")]})) as bench:
        await bench.until_state(STOPPED)
        assert "SIM PUK" in (bench.link.status.reason or "")
        await bench.until_state(READY)


async def test_link_asked_to_recover_climbs_one_rung_at_a_time(autojump_clock: MockClock) -> None:
    async with linking() as bench:
        for rungs in (["escape"], ["escape", "reopen"], ["escape", "reopen", "restart"]):
            await bench.until_state(READY)
            with trio.fail_after(5):
                await bench.link.recover()
            assert [rung for _, rung in bench.journal.resets] == rungs
        await bench.until_state(READY)
        with trio.fail_after(5):
            await bench.link.recover()
        assert bench.link.status.state is READY


async def test_link_of_an_absent_modem_is_never_reset(autojump_clock: MockClock) -> None:
    async with linking(present=False) as bench:
        await settle(bench, 1)
        with trio.fail_after(1):
            await bench.link.recover()
        assert bench.journal.resets == {}


async def test_link_hands_over_what_the_modem_says_by_itself(autojump_clock: MockClock) -> None:
    async with linking() as bench:
        await bench.until_state(READY)
        await bench.say(b"\r\n+CDS: 25\r\n0791AB\r\n")
        await bench.until(lambda: bench.mailbox.reports == [bytes.fromhex("0791AB")], within=1)


async def test_link_changes_are_told(autojump_clock: MockClock) -> None:
    async with linking() as bench:
        await bench.until_state(READY)
        before = bench.changes
        await bench.device.unplug()
        await bench.until_state(ABSENT)
        assert bench.changes > before


async def test_link_log_never_holds_number_pin_or_pdu(autojump_clock: MockClock) -> None:
    with capture_logs() as logs:
        peer = a_modem(**{"AT+CPIN?": said("+CPIN: SIM PIN"), 'AT+CPIN="4711"': ERROR})
        async with linking(peer, pin="4711", smsc="+34600000999") as bench:
            await bench.until_state(STOPPED)
    text = repr(logs)
    assert "4711" not in text
    assert "34600000999" not in text
