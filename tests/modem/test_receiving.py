"""Receiving, in virtual time, from scripted modems with every oddity that somebody has met."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from gatewayd.modem.ports import Accepted, LinkState
from gatewayd.modem.simulator.deliveries import encode_deliver, encode_report
from tests.modem.peer import ERROR, OK, PDU, SILENCE, Letterbox, Peer, Scripts, armed, said, usual
from tests.modem.plugged import Bench, linking

SMSC = "+34600000999"
(MESSAGE,) = encode_deliver("+34600000001", "hello", smsc=SMSC)
(OTHER,) = encode_deliver("+34600000002", "hola", smsc=SMSC)
REPORT = encode_report(mr=7, to="+34600000001", smsc=SMSC)
UNEXPECTED = b"\r\n+CMS ERROR: 340\r\n"
EMPTY = said("+CPMS: 0,20,0,20,0,20")
ONE = said("+CPMS: 1,20,1,20,1,20")

Replies = Mapping[str, Scripts]


def length(octets: bytes) -> int:
    return len(octets) - 1 - octets[0]


def read(octets: bytes, status: int = 0) -> bytes:
    return said(f"+CMGR: {status},,{length(octets)}", octets.hex().upper())


def listed(*entries: tuple[int, int, bytes]) -> bytes:
    lines = ((f"+CMGL: {i},{status},,{length(o)}", o.hex().upper()) for i, status, o in entries)
    return said(*(line for pair in lines for line in pair))


def direct(head: str, octets: bytes) -> bytes:
    return f"\r\n{head}{length(octets)}\r\n{octets.hex().upper()}\r\n".encode()


def a_modem(replies: Replies, **more: object) -> Peer:
    """One with a SIM that is empty unless ``replies`` say otherwise, and that wants acknowledgements."""
    memory: dict[str, Scripts] = {
        "AT+CPMS=?": said('+CPMS: ("SM"),("SM"),("SM")'),
        'AT+CPMS="SM"': EMPTY,
        "AT+CSMS=1": said("+CSMS: 1,1,1"),
    }
    return Peer(usual() | memory | dict(replies), **more)  # type: ignore[arg-type]


async def ready(bench: Bench) -> None:
    """It is set up, and has looked into its memories."""
    await bench.until_state(LinkState.READY)
    await trio.sleep(0.5)
    bench.peer.heard.clear()


def spoken(bench: Bench, *prefixes: str) -> list[str]:
    return [line for line in bench.peer.heard if line.startswith(prefixes)]


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


async def test_report_during_set_up_is_acknowledged_after_it(autojump_clock: MockClock) -> None:
    busy = (0.3, direct("+CDS: ", REPORT), 0.3, OK)
    async with linking(a_modem({"AT+CMEE=1": busy})) as bench:
        await bench.until_state(LinkState.READY)
        await trio.sleep(0.5)
        assert bench.mailbox.reports == [REPORT]
        assert spoken(bench, "AT+CSMS=1", "AT+CNMA")[-1] == "AT+CNMA"


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


async def test_announced_message_is_deleted_once_the_mailbox_has_it(autojump_clock: MockClock) -> None:
    async with linking(a_modem({"AT+CMGR=3": read(MESSAGE)})) as bench:
        await ready(bench)
        bench.mailbox.seconds = 2.0
        await bench.say(b'\r\n+CMTI: "SM",3\r\n')
        await trio.sleep(1)
        assert spoken(bench, "AT+CMG") == ["AT+CMGR=3"]
        await bench.mailbox.until(1)
        await trio.sleep(0.1)
        assert spoken(bench, "AT+CMG") == ["AT+CMGR=3", "AT+CMGD=3"]
        assert bench.mailbox.messages == [MESSAGE]


async def test_entry_that_lost_octets_on_the_line_is_read_again(autojump_clock: MockClock) -> None:
    cut = read(MESSAGE).replace(MESSAGE.hex().upper().encode(), MESSAGE.hex().upper()[:-4].encode())
    async with linking(a_modem({"AT+CMGR=3": [cut, read(MESSAGE)]})) as bench:
        await ready(bench)
        await bench.say(b'\r\n+CMTI: "SM",3\r\n')
        await bench.mailbox.until(1)
        assert bench.mailbox.messages == [MESSAGE]


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


async def test_report_of_an_ec25_is_found_where_it_lies(autojump_clock: MockClock) -> None:
    peer = a_modem(
        {
            "AT+CPMS=?": said('+CPMS: ("SM","ME","SR"),("SM"),("SM")'),
            'AT+CPMS="SR"': [EMPTY, ONE, EMPTY],
            'AT+CPMS="ME"': EMPTY,
            "AT+CMGR=0": OK,
            "AT+CMGL=4": listed((0, 0, REPORT)),
        }
    )
    async with linking(peer) as bench:
        await ready(bench)
        await bench.say(b'\r\n+CDSI: "SM",0\r\n')
        await bench.mailbox.until(1)
        await trio.sleep(0.1)
        assert bench.mailbox.reports == [REPORT]
        assert spoken(bench, "AT+CMG") == ["AT+CMGR=0", "AT+CMGL=4", "AT+CMGD=0"]


async def test_message_that_comes_during_a_look_is_found_by_the_next(autojump_clock: MockClock) -> None:
    one_more = {
        "AT+CMGL=4": [listed((1, 0, MESSAGE)), listed((1, 0, OTHER))],
        'AT+CPMS="SM"': [*[ONE] * 3, EMPTY],
    }
    async with linking(a_modem(one_more)) as bench:
        await bench.mailbox.until(2, within=60)
        assert bench.mailbox.messages == [MESSAGE, OTHER]


async def test_place_that_is_announced_twice_is_read_and_deleted_once(autojump_clock: MockClock) -> None:
    peer = a_modem({"AT+CMGR=0": [read(MESSAGE), read(OTHER)], 'AT+CPMS="SM"': EMPTY})
    async with linking(peer) as bench:
        await ready(bench)
        await bench.say(b'\r\n+CMTI: "SM",0\r\n\r\n+CDSI: "SM",0\r\n')
        await bench.mailbox.until(1)
        await trio.sleep(0.1)
        assert bench.mailbox.messages == [MESSAGE]
        assert spoken(bench, "AT+CMG") == ["AT+CMGR=0", "AT+CMGD=0"]


async def test_message_at_the_place_of_an_announced_report_is_taken_for_what_it_is(
    autojump_clock: MockClock,
) -> None:
    peer = a_modem(
        {
            "AT+CPMS=?": said('+CPMS: ("SM","SR"),("SM"),("SM")'),
            'AT+CPMS="SR"': [EMPTY, ONE, EMPTY],
            "AT+CMGR=0": read(MESSAGE),
            "AT+CMGL=4": listed((0, 0, REPORT)),
        }
    )
    async with linking(peer) as bench:
        await ready(bench)
        await bench.say(b'\r\n+CDSI: "SM",0\r\n')
        await bench.mailbox.until(2)
        assert (bench.mailbox.messages, bench.mailbox.reports) == ([MESSAGE], [REPORT])


async def test_huawei_is_given_time_and_looked_through_where_it_names_no_place(
    autojump_clock: MockClock,
) -> None:
    peer = a_modem(
        {
            "AT+CGMI": said("huawei"),
            "AT+CGMM": said("E3531"),
            'AT+CPMS="SM"': [EMPTY, ONE, EMPTY],
            "AT+CMGL=4": listed((0, 0, MESSAGE)),
        }
    )
    async with linking(peer) as bench:
        await ready(bench)
        await bench.say(b'\r\n+CMTI: "SM",-1\r\n')
        await trio.sleep(0.4)
        assert not bench.peer.heard
        await bench.mailbox.until(1)


async def test_sim600_which_deletes_other_parts_too_has_all_read_before(autojump_clock: MockClock) -> None:
    peer = a_modem(
        {
            "AT+CGMI": said("SIMCOM_Ltd"),
            "AT+CGMM": said("SIMCOM_SIM600"),
            'AT+CPMS="SM"': [EMPTY, ONE, EMPTY],
            "AT+CMGL=4": listed((1, 0, MESSAGE), (2, 0, OTHER)),
        }
    )
    async with linking(peer) as bench:
        await ready(bench)
        await bench.say(b'\r\n+CMTI: "SM",1\r\n')
        await bench.mailbox.until(2)
        await trio.sleep(0.1)
        assert spoken(bench, "AT+CMG") == ["AT+CMGL=4", "AT+CMGD=1", "AT+CMGD=2"]


async def test_modem_that_knows_no_memories_is_read_all_the_same(autojump_clock: MockClock) -> None:
    peer = a_modem({"AT+CPMS=?": ERROR, "AT+CMGL=4": [listed((1, 0, MESSAGE)), OK]})
    async with linking(peer) as bench:
        await bench.mailbox.until(1)
        await trio.sleep(0.1)
        assert spoken(bench, "AT+CMGD") == ["AT+CMGD=1"]
        assert not bench.mailbox.usages


async def test_entries_that_make_no_sense_are_kept_as_octets_and_deleted(autojump_clock: MockClock) -> None:
    nonsense = said("+CMGL: 1,0,,160", "FF" * 40, "+CMGL: 2,1,,20", "no pdu", "+CMGL: 3,0,,0")
    peer = a_modem({'AT+CPMS="SM"': [ONE, EMPTY], "AT+CMGL=4": [nonsense, OK], "AT+CMGR=3": OK})
    async with linking(peer) as bench:
        await bench.mailbox.until(2)
        await trio.sleep(120)
        assert bench.mailbox.messages == [b"\xff" * 40, b"no pdu"]
        assert spoken(bench, "AT+CMGD") == ["AT+CMGD=1", "AT+CMGD=2", "AT+CMGD=3"]


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


async def test_nothing_is_read_while_a_submit_is_out(autojump_clock: MockClock) -> None:
    submitted = (30.0, said("+CMGS: 7"))
    async with linking(a_modem({"AT+CMGR=3": read(MESSAGE)}, submitted=submitted)) as bench:
        await ready(bench)
        bench.device.nursery.start_soon(announce_later, bench)
        assert isinstance(await bench.link.submit(PDU, arm=armed), Accepted)
        assert not spoken(bench, "AT+CMGR")
        await bench.mailbox.until(1)


async def announce_later(bench: Bench) -> None:
    await trio.sleep(5)
    await bench.say(b'\r\n+CMTI: "SM",3\r\n' + direct("+CDS: ", REPORT))


async def test_submit_waits_for_one_command_of_a_long_sweep_and_no_longer(autojump_clock: MockClock) -> None:
    many = [(index, 0, MESSAGE) for index in range(50)]
    slow: dict[str, Scripts] = {f"AT+CMGD={index}": (0.2, OK) for index, _, _ in many}
    peer = a_modem(slow | {'AT+CPMS="SM"': [EMPTY, ONE, EMPTY], "AT+CMGL=4": listed(*many)})
    async with linking(peer, poll_interval=5) as bench:
        await ready(bench)
        await bench.until(lambda: "AT+CMGD=3" in bench.peer.heard, within=60)
        began = trio.current_time()
        assert isinstance(await bench.link.submit(PDU, arm=armed), Accepted)
        assert trio.current_time() - began <= 0.21
        await bench.until(lambda: "AT+CMGD=49" in bench.peer.heard, within=60)


async def test_modem_that_owes_an_answer_is_not_disturbed(autojump_clock: MockClock) -> None:
    async with linking(a_modem({"AT+CMGR=3": read(MESSAGE)}, submitted=SILENCE)) as bench:
        await ready(bench)
        await bench.link.submit(PDU, arm=armed)
        bench.peer.heard.clear()
        await bench.say(b'\r\n+CMTI: "SM",3\r\n' + direct("+CDS: ", REPORT))
        await trio.sleep(20)
        assert bench.mailbox.reports == [REPORT]
        assert not spoken(bench, "AT")


async def test_without_a_mailbox_nothing_is_read_and_nothing_deleted(autojump_clock: MockClock) -> None:
    async with linking(a_modem({'AT+CPMS="SM"': ONE}), running=False) as bench:
        bench.link.receiver.mailbox = None
        bench.device.nursery.start_soon(bench.link.run)
        bench.device.nursery.start_soon(bench.link.receiver.run)
        await ready(bench)
        await bench.say(b'\r\n+CMTI: "SM",3\r\n' + direct("+CDS: ", REPORT))
        await trio.sleep(100)
        await bench.link.receiver.housekeep()
        assert not spoken(bench, "AT+CMG", "AT+CNMA")
        assert bench.mailbox == Letterbox(changed=bench.mailbox.changed)


async def test_modem_that_never_stops_handing_over_is_cut_off(autojump_clock: MockClock) -> None:
    async with linking(a_modem({})) as bench:
        await ready(bench)
        bench.mailbox.seconds = 1e6
        with capture_logs() as logs:
            await bench.say(b"\r\n+CDS: 1\r\n0001\r\n" * 10_010)
            await trio.sleep(0.1)
        assert {entry["event"] for entry in logs} == {"modem.received_too_much"}
