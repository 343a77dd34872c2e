"""What a modem hands over directly, and AT+CNMA for it; in virtual time."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from gatewayd.modem.ports import LinkState
from tests.modem.peer import ERROR, OK, said
from tests.modem.plugged import linking
from tests.modem.received import MESSAGE, REPORT, UNEXPECTED, Replies, a_modem, direct, ready, spoken


async def test_report_is_acknowledged_once_the_mailbox_has_it(autojump_clock: MockClock) -> None:
    async with linking(a_modem({})) as bench:
        await ready(bench)
        bench.mailbox.seconds = 2.0
        await bench.say(direct("+CDS: ", REPORT))
        await trio.sleep(1)
        assert not spoken(bench, "AT+CNMA")
        await bench.mailbox.until(1)
        await trio.sleep(0.1)
        assert spoken(bench, "AT+CNMA") == ["AT+CNMA"]
        assert bench.mailbox.reports == [REPORT]


async def test_message_handed_over_directly_is_acknowledged_too(autojump_clock: MockClock) -> None:
    async with linking(a_modem({})) as bench:
        await ready(bench)
        await bench.say(direct("+CMT: ,", MESSAGE))
        await trio.sleep(0.1)
        assert bench.mailbox.messages == [MESSAGE]
        assert spoken(bench, "AT+CNMA") == ["AT+CNMA"]


async def test_report_during_set_up_waits_until_its_sim_is_known(autojump_clock: MockClock) -> None:
    busy = (0.3, direct("+CDS: ", REPORT), 0.3, OK)
    async with linking(a_modem({"AT+CMEE=1": busy})) as bench:
        await bench.until_state(LinkState.READY)
        await trio.sleep(0.5)
        assert bench.mailbox.reports == [REPORT]
        assert bench.mailbox.sims == ["8934070039043559074"]
        assert spoken(bench, "AT+CSMS=1", "AT+CNMA")[-1] == "AT+CNMA"


async def test_report_of_a_modem_that_goes_away_meanwhile_is_still_kept(autojump_clock: MockClock) -> None:
    async with linking(a_modem({})) as bench:
        await ready(bench)
        bench.mailbox.seconds = 1.0
        await bench.say(direct("+CDS: ", REPORT) * 2)
        await bench.device.unplug()
        await bench.mailbox.until(2)
        assert not spoken(bench, "AT+CNMA")


async def test_report_whose_modem_was_set_up_again_meanwhile_is_acknowledged_then(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem({"AT+CMGF=0": (3.0, OK)})) as bench:
        await ready(bench)
        bench.mailbox.seconds = 1.0
        await bench.say(direct("+CDS: ", REPORT))
        bench.device.nursery.start_soon(bench.link.recover)
        bench.device.nursery.start_soon(bench.link.recover)
        await bench.until(lambda: "AT+CNMA" in bench.peer.heard, within=30)
        assert bench.mailbox.reports == [REPORT]


async def test_report_that_arrives_garbled_is_asked_for_again(autojump_clock: MockClock) -> None:
    async with linking(a_modem({})) as bench:
        await ready(bench)
        await bench.say(direct("+CDS: ", REPORT).replace(b"9143", b"9!43").replace(b"0791", b"07 91"))
        await trio.sleep(0.1)
        assert spoken(bench, "AT+CNMA") == ["AT+CNMA=2"]
        assert not bench.mailbox.reports


@pytest.mark.parametrize(
    "replies",
    [
        {"AT+CNMA=?": ERROR},
        {"AT+CSMS=1": ERROR},
        {"AT+CSMS=1": said("+CSMS: 0,1,1")},
        {"AT+CGMI": said("huawei")},
    ],
)
async def test_modem_that_can_t_be_acknowledged_isn_t(replies: Replies, autojump_clock: MockClock) -> None:
    async with linking(a_modem(replies)) as bench:
        await bench.until_state(LinkState.READY)
        assert "AT+CSMS=0" in bench.peer.heard
        await bench.say(direct("+CDS: ", REPORT))
        await trio.sleep(1)
        assert bench.mailbox.reports == [REPORT]
        assert "AT+CNMA" not in bench.peer.heard


async def test_modem_that_refuses_an_acknowledgement_is_told_to_want_none(autojump_clock: MockClock) -> None:
    # Novatel: goes on waiting for what it refuses, and receives nothing any more.
    async with linking(a_modem({"AT+CNMA": ERROR})) as bench:
        await ready(bench)
        for _ in range(2):
            await bench.say(direct("+CDS: ", REPORT))
            await trio.sleep(0.1)
        assert spoken(bench, "AT+CNMA", "AT+CSMS", "AT+CNMI") == ["AT+CNMA", "AT+CSMS=0", "AT+CNMI=2,1,0,1,0"]
        await bench.say(b"\r\nRDY\r\n")
        await bench.until(lambda: len(spoken(bench, "AT+CSMS")) > 1, within=10)
        assert spoken(bench, "AT+CSMS")[-1] == "AT+CSMS=0"


async def test_acknowledgement_that_comes_too_late_has_the_announcements_set_again(
    autojump_clock: MockClock,
) -> None:
    async with linking(a_modem({"AT+CNMA": [UNEXPECTED, OK, *[UNEXPECTED] * 3]})) as bench:
        await ready(bench)
        await bench.say(direct("+CDS: ", REPORT))
        await trio.sleep(0.1)
        assert spoken(bench, "AT+CNMA", "AT+CSMS", "AT+CNMI") == ["AT+CNMA", "AT+CNMI=2,1,0,1,0"]
        for _ in range(4):
            await bench.say(direct("+CDS: ", REPORT))
            await trio.sleep(0.1)
        assert spoken(bench, "AT+CSMS") == ["AT+CSMS=0"]
