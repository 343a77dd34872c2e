"""Emptying the modem's memories, in virtual time, whatever lies in them."""

from __future__ import annotations

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from gatewayd.modem.ports import LinkState
from tests.modem.peer import ERROR, OK, SILENCE, said
from tests.modem.plugged import Bench, linking
from tests.modem.received import EMPTY, MESSAGE, ONE, OTHER, REPORT, a_modem, listed, read, ready, spoken


async def test_what_lies_in_the_memories_at_the_start_is_collected(autojump_clock: MockClock) -> None:
    peer = a_modem(
        {
            'AT+CPMS="SM"': [said("+CPMS: 3,20,3,20,3,20"), EMPTY],
            "AT+CMGL=4": listed((1, 0, MESSAGE), (2, 1, OTHER), (5, 0, REPORT)),
        }
    )
    async with linking(peer) as bench:
        await bench.mailbox.until(3)
        await trio.sleep(0.1)
        assert (bench.mailbox.messages, bench.mailbox.reports) == ([MESSAGE, OTHER], [REPORT])
        assert spoken(bench, "AT+CMGD") == ["AT+CMGD=1", "AT+CMGD=2", "AT+CMGD=5"]
        assert bench.mailbox.usages == [("SM", 3, 20), ("SM", 0, 20)]


async def test_what_came_while_the_modem_was_away_is_collected(autojump_clock: MockClock) -> None:
    peer = a_modem({'AT+CPMS="SM"': [EMPTY, ONE, EMPTY], "AT+CMGL=4": listed((1, 0, MESSAGE))})
    async with linking(peer) as bench:
        await ready(bench)
        await bench.device.unplug()
        await trio.sleep(5)
        bench.device.present = True
        await bench.mailbox.until(1)


async def test_modem_that_announces_nothing_is_looked_into_from_time_to_time(
    autojump_clock: MockClock,
) -> None:
    peer = a_modem({'AT+CPMS="SM"': [EMPTY, EMPTY, ONE, EMPTY], "AT+CMGL=4": listed((1, 0, MESSAGE))})
    peer.replies |= {f"AT+CNMI={setting}": ERROR for setting in ("2,1,0,1,0", "2,1,0,2,0", "1,1,0,1,0")}
    async with linking(peer, poll_interval=100) as bench:
        await bench.until_state(LinkState.READY)
        await bench.mailbox.until(1, within=205)
        assert trio.current_time() > 199


async def test_message_that_comes_during_a_look_is_found_by_the_next(autojump_clock: MockClock) -> None:
    one_more = {
        "AT+CMGL=4": [listed((1, 0, MESSAGE)), listed((1, 0, OTHER))],
        'AT+CPMS="SM"': [*[ONE] * 3, EMPTY],
    }
    async with linking(a_modem(one_more)) as bench:
        await bench.mailbox.until(2, within=60)
        assert bench.mailbox.messages == [MESSAGE, OTHER]


async def test_modem_that_knows_no_memories_is_read_all_the_same(autojump_clock: MockClock) -> None:
    peer = a_modem({"AT+CPMS=?": ERROR, "AT+CMGL=4": [listed((1, 0, MESSAGE)), OK]})
    async with linking(peer) as bench:
        await bench.mailbox.until(1)
        await trio.sleep(0.1)
        assert spoken(bench, "AT+CMGD") == ["AT+CMGD=1"]
        assert not bench.mailbox.usages


async def test_entries_that_make_no_sense_are_kept_as_octets_and_deleted(autojump_clock: MockClock) -> None:
    nonsense = said("+CMGL: 1,0,,160", "FF" * 40, "+CMGL: 2,1,,20", "no pdu", "+CMGL: 3,0,,0")
    peer = a_modem({'AT+CPMS="SM"': [ONE, EMPTY], "AT+CMGL=4": [nonsense, nonsense, OK]})
    async with linking(peer) as bench:
        await bench.mailbox.until(2)
        await trio.sleep(120)
        assert bench.mailbox.messages == [b"\xff" * 40, b"no pdu"]
        assert spoken(bench, "AT+CMGD") == ["AT+CMGD=1", "AT+CMGD=2", "AT+CMGD=3"]


async def test_entry_that_the_line_damages_is_read_until_it_is_whole_and_only_then_deleted(
    autojump_clock: MockClock,
) -> None:
    damaged, half = (
        read(MESSAGE).replace(b"9", b"\xb9", 1),
        said("+CMGR: 1,,30", MESSAGE.hex().upper()[:-2]),
    )
    peer = a_modem(
        {
            'AT+CPMS="SM"': [ONE, EMPTY],
            "AT+CMGL=4": [said("+CMGL: 1,0,,30"), OK],
            "AT+CMGR=1": [damaged, half, read(MESSAGE, status=1)],
        }
    )
    async with linking(peer) as bench:
        await bench.mailbox.until(1)
        await trio.sleep(60)
        assert bench.mailbox.messages == [MESSAGE]
        assert spoken(bench, "AT+CMGR", "AT+CMGD") == ["AT+CMGR=1"] * 3 + ["AT+CMGD=1"]


@pytest.mark.parametrize("damaged", [OK, said('+CPMS: ("S\xd4","ME"),("SM"),("SM")')])
async def test_list_of_memories_that_the_line_damages_is_asked_for_again(
    autojump_clock: MockClock, damaged: bytes
) -> None:
    """Believed, it would leave the gateway deaf until the modem is set up anew."""
    peer = a_modem(
        {
            "AT+CPMS=?": [damaged, said('+CPMS: ("SM"),("SM"),("SM")')],
            'AT+CPMS="SM"': [ONE, EMPTY],
            "AT+CMGL=4": [OK, listed((1, 0, MESSAGE)), OK],
        }
    )
    async with linking(peer) as bench:
        await bench.until_state(LinkState.READY)
        await trio.sleep(3600)
        assert bench.mailbox.messages == [MESSAGE]
        assert 'AT+CPMS="SM"' in bench.peer.heard


async def test_entry_whose_pdu_goes_missing_on_the_line_again_and_again_is_not_deleted_before_it_came(
    autojump_clock: MockClock,
) -> None:
    """A line that isn't there looks the same each time, unlike one that is damaged."""
    nothing = said("+CMGR: 1,,30", "")
    peer = a_modem(
        {
            'AT+CPMS="SM"': [ONE, ONE, ONE, EMPTY],
            "AT+CMGL=4": [said("+CMGL: 1,0,,30"), said("+CMGL: 1,1,,30"), listed((1, 1, MESSAGE)), OK],
            "AT+CMGR=1": nothing,
        }
    )
    async with linking(peer) as bench:
        await bench.until(lambda: "AT+CMGR=1" in bench.peer.heard, within=60)
        await trio.sleep(5)
        assert spoken(bench, "AT+CMGD") == []
        await trio.sleep(7200)
        assert bench.mailbox.messages == [MESSAGE]
        assert spoken(bench, "AT+CMGD") == ["AT+CMGD=1"]


async def test_messages_that_were_written_to_be_sent_are_left_alone(autojump_clock: MockClock) -> None:
    two = said("+CPMS: 2,20,2,20,2,20")
    peer = a_modem({'AT+CPMS="SM"': two, "AT+CMGL=4": listed((1, 2, MESSAGE), (2, 3, OTHER))})
    async with linking(peer) as bench:
        await bench.until_state(LinkState.READY)
        await trio.sleep(100)
        assert not bench.mailbox.messages
        assert spoken(bench, "AT+CMG") == ["AT+CMGF=0", "AT+CMGL=4"]


async def test_entry_that_can_t_be_deleted_is_handed_over_once(autojump_clock: MockClock) -> None:
    peer = a_modem({'AT+CPMS="SM"': ONE, "AT+CMGL=4": listed((1, 0, MESSAGE)), "AT+CMGD=1": ERROR})
    async with linking(peer) as bench:
        await bench.mailbox.until(1)
        for _ in range(3):
            await trio.sleep(100)
            await bench.link.receiver.housekeep()
        assert bench.mailbox.messages == [MESSAGE]
        assert len(spoken(bench, "AT+CMGD")) == 4


async def test_deletion_without_an_answer_is_repeated_only_for_what_is_still_there(
    autojump_clock: MockClock,
) -> None:
    # Written again blindly, it would delete OTHER, which has taken the place.
    peer = a_modem(
        {
            'AT+CPMS="SM"': [ONE, ONE, EMPTY],
            "AT+CMGL=4": [listed((1, 0, MESSAGE)), listed((1, 0, OTHER))],
            "AT+CMGD=1": [SILENCE, OK],
        }
    )
    async with linking(peer) as bench:
        await bench.mailbox.until(2, within=60)
        await trio.sleep(0.1)
        assert bench.mailbox.messages == [MESSAGE, OTHER]
        assert spoken(bench, "AT+CMGL", "AT+CMGD") == ["AT+CMGL=4", "AT+CMGD=1", "AT+CMGL=4", "AT+CMGD=1"]


async def test_foreign_messages_stay_where_purge_is_never_but_what_is_received_goes(
    autojump_clock: MockClock,
) -> None:
    entries = ((1, 1, MESSAGE), (2, 0, OTHER))
    peer = a_modem(
        {
            'AT+CPMS="SM"': [said("+CPMS: 2,20"), ONE],
            "AT+CMGL=4": [listed(*entries), listed(*entries[:1])],
        }
    )
    async with linking(peer, purge="never") as bench:
        await bench.mailbox.until(2)
        await trio.sleep(100)
        await bench.link.receiver.housekeep()
        assert bench.mailbox.messages == [MESSAGE, OTHER]
        assert spoken(bench, "AT+CMGL", "AT+CMGD") == ["AT+CMGL=4", "AT+CMGD=2", "AT+CMGL=4"]


async def test_memory_that_stays_nearly_full_raises_the_alarm_once_per_crossing(
    autojump_clock: MockClock,
) -> None:
    high, low = said("+CPMS: 16,20"), said("+CPMS: 15,20")
    peer = a_modem({'AT+CPMS="SM"': [*[high] * 4, *[low] * 4, high]})
    with capture_logs() as logs:
        async with linking(peer) as bench:
            await bench.until_state(LinkState.READY)
            await trio.sleep(600)
            assert bench.mailbox.usages == [("SM", 16, 20), ("SM", 15, 20), ("SM", 16, 20)]
    alarms = [entry for entry in logs if entry["event"] == "modem.storage_high"]
    assert [(alarm["memory"], alarm["used"], alarm["total"]) for alarm in alarms] == [("SM", 16, 20)] * 2


async def test_modem_that_says_it_is_full_is_emptied_at_once(autojump_clock: MockClock) -> None:
    peer = a_modem({'AT+CPMS="SM"': [EMPTY, ONE, EMPTY], "AT+CMGL=4": listed((1, 0, MESSAGE))})
    async with linking(peer, poll_interval=3600) as bench:
        await ready(bench)
        await bench.say(b'\r\n^SMMEMFULL: "SM"\r\n')
        await bench.mailbox.until(1, within=1)


async def test_housekeeping_returns_once_the_memories_are_empty(autojump_clock: MockClock) -> None:
    peer = a_modem({'AT+CPMS="SM"': [EMPTY, ONE, EMPTY], "AT+CMGL=4": listed((1, 0, MESSAGE))})
    async with linking(peer, poll_interval=3600) as bench:
        await ready(bench)
        with trio.fail_after(1):
            await bench.link.receiver.housekeep()
        assert spoken(bench, "AT+CMGD") == ["AT+CMGD=1"]


async def test_housekeeping_returns_where_the_modem_is_away_or_goes_away(autojump_clock: MockClock) -> None:
    async with linking(a_modem({'AT+CPMS="SM"': [EMPTY, SILENCE]})) as bench:
        await ready(bench)
        bench.device.nursery.start_soon(unplug_later, bench)
        with trio.fail_after(5):
            await bench.link.receiver.housekeep()
            await bench.link.receiver.housekeep()


async def unplug_later(bench: Bench) -> None:
    await trio.sleep(1)
    await bench.device.unplug()
