"""A SIM that is changed while the port stays open: nothing goes out until the modem has told which one is in."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from gatewayd.modem.ports import Accepted, LinkState, ModemStatus, Phase, Unknown
from gatewayd.modem.simulator import PROFILES
from gatewayd.modem.submission import submit
from tests.modem.peer import (
    ERROR,
    OK,
    PDU,
    PROMPT,
    SILENCE,
    Notebook,
    Peer,
    Script,
    armed,
    said,
    talking,
    usual,
)
from tests.modem.plugged import Bench, linking
from tests.modem.simulator.dialogue import submit_pdus
from tests.modem.test_pool import a_pool, plugged, running, until

READY, SEARCHING = LinkState.READY, LinkState.SEARCHING
STARTING, STOPPED = LinkState.STARTING, LinkState.STOPPED
OLD, NEW = "8934070039043559074", "8934000000000000018"
NO_SIM = b"\r\n+CME ERROR: 10\r\n"


def a_modem(**replies: Script | list[Script]) -> Peer:
    """One that knows the circuit-switched domain only."""
    return Peer(usual() | {"AT+CGREG=1": ERROR, "AT+CEREG=1": ERROR} | replies)


def take_out(bench: Bench) -> None:
    bench.peer.replies |= {"AT+CPIN?": NO_SIM, "AT+CCID": NO_SIM, "AT+CREG?": said("+CREG: 1,0")}


def put_in(bench: Bench, iccid: str) -> None:
    bench.peer.replies |= usual() | {"AT+CCID": said(f"+CCID: {iccid}")}


def sims(bench: Bench) -> list[str | None]:
    """The SIMs that were written down, one after the other."""
    return [status.iccid for status in bench.journal.known if isinstance(status, ModemStatus)]


@pytest.mark.parametrize(
    ("out", "back"),
    [
        (b"\r\n+CPIN: NOT READY\r\n", b"\r\n+CPIN: READY\r\n"),
        (b"\r\n+CPIN: NOT INSERTED\r\n", b"\r\n+CPIN: READY\r\n\r\n+QUSIM: 1\r\n"),
        (b"\r\n^SIMST:255\r\n", b"\r\n^SIMST:1\r\n"),
        (b"\r\n+QSIMSTAT: 1,0\r\n", b"\r\n+QSIMSTAT: 1,1\r\n"),
        (b"\r\n#QSS: 0\r\n", b"\r\n#QSS: 1\r\n"),
        (b"\r\n^SCKS: 0\r\n", b"\r\n^SCKS: 1\r\n"),
    ],
)
async def test_sim_that_is_changed_is_noticed_and_the_modem_set_up_anew(
    out: bytes, back: bytes, autojump_clock: MockClock
) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        take_out(bench)
        await bench.say(out)
        await trio.testing.wait_all_tasks_blocked()
        assert not bench.link.can_submit
        await bench.until_state(STOPPED, within=2)
        assert "SIM not inserted" in (bench.link.status.reason or "")
        put_in(bench, NEW)
        bench.peer.heard.clear()
        await bench.say(back)
        await bench.until(lambda: bench.link.can_submit, within=5)
        assert bench.link.status.iccid == NEW
        assert sims(bench) == [OLD, NEW]
        assert "AT+CMGF=0" in bench.peer.heard


async def test_sim_that_is_changed_between_two_words_of_the_modem_is_noticed(
    autojump_clock: MockClock,
) -> None:
    # The line that told of the old one's going was lost.
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        put_in(bench, NEW)
        await bench.say(b"\r\n+CPIN: READY\r\n")
        await trio.testing.wait_all_tasks_blocked()
        assert not bench.link.can_submit
        await bench.until(lambda: bench.link.can_submit, within=5)
        assert bench.link.status.iccid == NEW


async def test_sim_that_is_changed_without_a_word_is_noticed_before_the_modem_is_ready_again(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        bench.peer.replies["AT+CREG?"] = said("+CREG: 1,0")
        await bench.say(b"\r\n+CREG: 0\r\n")
        await bench.until_state(SEARCHING)
        put_in(bench, NEW)
        await bench.say(b"\r\n+CREG: 1\r\n")
        await bench.until(lambda: bench.link.can_submit, within=10)
        assert bench.link.status.iccid == NEW
        assert sims(bench) == [OLD, NEW]


async def test_sim_that_is_changed_too_fast_for_a_look_in_between_is_noticed(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        await trio.sleep(5)
        put_in(bench, NEW)
        await bench.say(b"\r\n+CREG: 0\r\n\r\n+CREG: 1\r\n")
        await bench.until(lambda: bench.link.status.iccid == NEW and bench.link.can_submit, within=5)


@pytest.mark.parametrize("answer", [b"\r\n+CMS ERROR: 310\r\n", NO_SIM])
async def test_sim_that_went_without_a_word_is_noticed_by_the_first_refusal(
    answer: bytes, autojump_clock: MockClock
) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        take_out(bench)
        bench.peer.submitted = answer
        await bench.link.submit(PDU, arm=armed)
        assert not bench.link.can_submit
        await bench.until_state(STOPPED, within=2)


async def test_same_sim_after_a_loss_of_the_network_costs_no_set_up(autojump_clock: MockClock) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        bench.peer.replies["AT+CREG?"] = [said("+CREG: 1,2"), said("+CREG: 1,1")]
        bench.peer.heard.clear()
        await bench.say(b"\r\n+CREG: 2\r\n")
        await bench.until_state(SEARCHING)
        await bench.until_state(READY)
        assert "AT+CCID" in bench.peer.heard
        assert "AT+CMGF=0" not in bench.peer.heard


async def test_modem_that_says_the_type_of_its_sim_without_end_goes_on_sending(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        bench.peer.heard.clear()
        for _ in range(20):
            await bench.say(b"\r\n+QUSIM: 1\r\n")
            await trio.testing.wait_all_tasks_blocked()
            await bench.until(lambda: bench.link.can_submit, within=2)
            assert isinstance(await bench.link.submit(PDU, arm=armed), Accepted)
        assert "AT+CMGF=0" not in bench.peer.heard


async def test_sim_line_in_a_submit_that_is_not_answered_leaves_its_late_answer_the_time_it_has(
    autojump_clock: MockClock,
) -> None:
    peer = a_modem()
    peer.submitted = [SILENCE]
    async with linking(peer, submit_timeout=20) as bench:
        await bench.until_state(READY)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(bench.link.submit, PDU, arm=armed))
            await trio.sleep(5)
            await bench.say(b"\r\n+QUSIM: 1\r\n")
        bench.peer.heard.clear()
        await trio.sleep(25)
        assert bench.peer.heard == []
        await bench.say(said("+CMGS: 9"))
        await trio.sleep(5)
        assert [mr for _, mr, _ in bench.mailbox.late_results] == [9]


async def test_modem_that_restarts_and_says_nothing_but_its_sim_is_set_up_again(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        bench.peer.heard.clear()
        await bench.say(b"\r\n+CPIN: READY\r\n")
        await bench.until(lambda: "AT+CMGF=0" in bench.peer.heard, within=5)
        await bench.until_state(READY)


async def test_submit_at_the_prompt_when_the_sim_goes_is_taken_back_unsent(autojump_clock: MockClock) -> None:
    async with talking(Peer(prompt=(PROMPT, 3.0, b"\r\n+CPIN: NOT READY\r\n"))) as talk:

        async def arm() -> None:
            await trio.sleep(7)

        outcome = await submit(talk.session, PDU, arm=arm)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.stamp) == (Phase.PDU, None)
        assert b"\x1a" not in talk.peer.octets
        await talk.session.command("AT")
        assert talk.peer.heard[-3:] == ["ESC", "AT", "AT"]


async def test_submit_after_the_sim_went_is_refused_before_anything_is_written(
    autojump_clock: MockClock,
) -> None:
    async with talking() as talk:
        await talk.say(b"\r\n+CPIN: NOT READY\r\n")
        outcome = await submit(talk.session, PDU, arm=armed)
        assert isinstance(outcome, Unknown)
        assert (outcome.phase, outcome.reason) == (Phase.COMMAND, "the SIM may be another one")
        assert talk.peer.heard == []


async def test_new_sim_that_asks_for_a_pin_is_given_the_configured_one_once(
    autojump_clock: MockClock,
) -> None:
    journal_refuses = {'AT+CPIN="1234"': b"\r\n+CME ERROR: 16\r\n"}
    async with linking(a_modem(**journal_refuses), pin="1234") as bench:
        await bench.until_state(READY)
        put_in(bench, NEW)
        bench.peer.replies["AT+CPIN?"] = said("+CPIN: SIM PIN")
        await bench.say(b"\r\n+CPIN: SIM PIN\r\n")
        await bench.until_state(STOPPED)
        await trio.sleep(600)
        assert bench.peer.commands("AT+CPIN=") == ['AT+CPIN="1234"']
        assert not bench.link.can_submit


async def test_new_sim_that_does_not_tell_its_iccid_yet_is_waited_for(autojump_clock: MockClock) -> None:
    busy = b"\r\n+CME ERROR: 14\r\n"
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        bench.peer.otherwise = OK
        put_in(bench, NEW)
        bench.peer.replies["AT+CCID"] = [busy, busy, busy, said(f"+CCID: {NEW}")]
        await bench.say(b"\r\n+CPIN: READY\r\n")
        await trio.sleep(2)
        assert not bench.link.can_submit
        await bench.until(lambda: bench.link.can_submit, within=10)
        assert bench.link.status.iccid == NEW


async def test_sim_that_never_tells_its_iccid_again_needs_a_person(autojump_clock: MockClock) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        bench.peer.replies["AT+CCID"] = ERROR
        await bench.say(b"\r\n+CPIN: READY\r\n")
        await bench.until_state(STOPPED, within=60)
        assert "ICCID" in (bench.link.status.reason or "")


async def test_what_comes_while_the_sim_is_not_known_is_written_down_under_the_new_one(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem()) as bench:
        await bench.until_state(READY)
        await bench.say(b"\r\n+CDS: 25\r\n0791AB\r\n")
        await bench.mailbox.until(1)
        put_in(bench, NEW)
        await bench.say(b"\r\n+CPIN: READY\r\n\r\n+CDS: 25\r\n0791CD\r\n")
        await bench.mailbox.until(2)
        assert bench.mailbox.sims == [OLD, NEW]


async def test_sim_that_waits_at_the_modem_is_not_ready_for_long(autojump_clock: MockClock) -> None:
    async with linking(a_modem(**{"AT+CPIN?": said("+CPIN: NOT READY")})) as bench:
        await bench.until_state(STOPPED)
        assert bench.link.status.reason == "no usable SIM: the modem says NOT READY"


@pytest.mark.parametrize("make", ["huawei", "quectel"])
async def test_simulated_modem_whose_sim_is_changed_sends_through_the_new_one_only_once_it_is_known(
    make: str, tmp_path: Path
) -> None:
    simulator, settings = plugged(tmp_path, "a", profile=PROFILES[make])
    settings = settings.model_copy(update={"refresh_interval": 0.2})
    journal = Notebook()
    pool = a_pool(settings, journal=journal)
    (pdu,) = submit_pdus()
    async with running(pool, simulator):
        await until(pool, "a", lambda: pool.line("a"))
        line = pool.line("a")
        assert line is not None
        await line.submit(pdu, arm=armed)
        simulator.change_sim(None)
        await until(pool, "a", lambda: pool.line("a") is None)
        simulator.change_sim(simulator.settings.spare_iccid)
        await until(pool, "a", lambda: pool.line("a"))
        assert pool.status("a").iccid == simulator.settings.spare_iccid
        await line.submit(pdu, arm=armed)
    assert [entry.iccid for entry in simulator.entries] == [
        simulator.settings.iccid,
        simulator.settings.spare_iccid,
    ]
