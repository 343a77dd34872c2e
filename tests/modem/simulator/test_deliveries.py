from __future__ import annotations

from datetime import UTC, datetime

import gammu
import pytest

from gatewayd.modem.simulator.deliveries import encode_deliver, encode_report
from gatewayd.sms.pdu import decode_deliver, decode_status_report

SMSC = "+34600000999"
AT = datetime(2026, 1, 5, 8, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize("sender", ["+34611111111", "611111111", "1004", "Gas i Llum", "Bank"])
@pytest.mark.parametrize("text", ["", "hello", "Olá, què tal? 👋", "{[€]}", "x" * 160])
def test_deliver_of_one_part_is_decoded_as_it_was_meant(sender: str, text: str) -> None:
    (pdu,) = encode_deliver(sender, text, smsc=SMSC, at=AT)
    deliver = decode_deliver(pdu)
    assert (deliver.smsc, deliver.sender, deliver.text, deliver.scts) == (SMSC, sender, text, AT)


def test_deliver_of_a_long_text_comes_in_numbered_parts() -> None:
    delivers = [
        decode_deliver(pdu) for pdu in encode_deliver("+34611111111", "żółw " * 40, smsc=SMSC, reference=9)
    ]
    assert "".join(deliver.text for deliver in delivers) == "żółw " * 40
    parts = [deliver.concatenation for deliver in delivers]
    assert [(part.reference, part.total, part.number) for part in parts if part] == [
        (9, 3, 1),
        (9, 3, 2),
        (9, 3, 3),
    ]


@pytest.mark.parametrize("text", ["hello", "Olá, què tal? 👋", "Gas & llum: 3 £"])
def test_deliver_is_read_alike_by_a_decoder_of_others(text: str) -> None:
    (pdu,) = encode_deliver("+34611111111", text, smsc=SMSC, at=AT)
    read = gammu.DecodePDU(pdu, True)
    assert (read["Text"], read["Number"]) == (text, "+34611111111")
    assert read["DateTime"].astimezone(UTC) == AT


def test_report_is_decoded_as_it_was_meant() -> None:
    report = decode_status_report(encode_report(mr=200, to="+34600000001", smsc=SMSC, at=AT, status=0x46))
    assert (report.reference, report.recipient, report.scts, report.status) == (200, "+34600000001", AT, 0x46)


@pytest.mark.parametrize("sender", ["", "ключ", "A name too long", "1" * 21])
def test_deliver_from_an_impossible_sender_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match=r"name|longer|number"):
        encode_deliver(sender, "hello", smsc=SMSC)
