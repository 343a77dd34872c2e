"""What a modem announces, and how receiving and sending share the line; in virtual time."""

from __future__ import annotations

import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from gatewayd.modem.ports import Accepted
from tests.modem.peer import OK, PDU, SILENCE, Letterbox, Scripts, armed, said
from tests.modem.plugged import Bench, linking
from tests.modem.received import (
    EMPTY,
    MESSAGE,
    ONE,
    OTHER,
    REPORT,
    a_modem,
    direct,
    listed,
    read,
    ready,
    spoken,
)


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
