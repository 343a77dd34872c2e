"""Unsolicited lines as types."""

from __future__ import annotations

import pytest

from gatewayd.modem.at import Delivery, Event, Final, Text
from gatewayd.modem.notices import (
    MessageReceived,
    Notice,
    RegistrationChanged,
    ReportReceived,
    Restarted,
    StorageFull,
    Stored,
    is_unsolicited,
    read,
)


@pytest.mark.parametrize(
    ("event", "notice"),
    [
        (Delivery("+CMT: ,24", "0791"), MessageReceived("0791")),
        (Delivery("+CDS: 25", "0791"), ReportReceived("0791")),
        (Delivery("+CBM: 88", "0791"), None),
        (Text('+CMTI: "SM",3'), Stored("message", "SM", 3)),
        (Text('+CMTI: "SM",-1'), Stored("message", "SM", -1)),
        (Text('+CDSI:"SR", 0'), Stored("report", "SR", 0)),
        (Text("+CREG: 5"), RegistrationChanged(5)),
        (Text('+CEREG: 1,"00C3","1A2B",7'), RegistrationChanged(1)),
        (Text("^SMMEMFULL:SM"), StorageFull()),
        (Text("RDY"), Restarted()),
        (Text("*ATREADY: 1"), Restarted()),
        (Text("^SYSSTART"), Restarted()),
        (Text("^BOOT:9,0,0,0,6"), None),
        (Text("+CMTI: nonsense"), None),
        (Text("garbage"), None),
        (Final("ok"), None),
    ],
)
def test_read_of_an_event_gives_its_meaning(event: Event, notice: Notice | None) -> None:
    assert read(event) == notice


@pytest.mark.parametrize(
    "line",
    [
        "RING",
        "NO CARRIER",
        '+CMTI: "SM",1',
        "^RSSI:20",
        "+ZUSIMR:2",
        "+WIND: 4",
        "+QIND: PB DONE",
        "Call Ready",
        "SMS DONE",
    ],
)
def test_unsolicited_lines_of_many_makes_are_known(line: str) -> None:
    assert is_unsolicited(line)


@pytest.mark.parametrize("line", ["Acme", "490154203237518", "+CSQ: 20,99", "^ICCID: 89340700", "RINGO"])
def test_answers_are_no_unsolicited_lines(line: str) -> None:
    assert not is_unsolicited(line)
