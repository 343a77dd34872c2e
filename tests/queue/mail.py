"""Octets as a network delivers them, for the tests of what is received."""

from __future__ import annotations

from datetime import UTC, datetime

from gatewayd.modem.simulator.deliveries import encode_deliver
from gatewayd.sms.address import encode_number, encode_smsc
from gatewayd.sms.segments import PartText, segment
from gatewayd.sms.timestamp import write_timestamp

SMSC = "+34600000000"
SENDER = "+34600111222"
SENT = datetime(2026, 1, 5, 11, 59, tzinfo=UTC)
SIM = "8934000000000000001"
OTHER_SIM = "8934000000000000002"

_DELIVER, _HAS_HEADER = 0x04, 0x40


def mail(text: str, sender: str = SENDER, *, at: datetime = SENT, reference: int = 1) -> list[bytes]:
    """The parts of a message."""
    return encode_deliver(sender, text, smsc=SMSC, reference=reference, at=at)


def wide_mail(text: str, *, reference: int, at: datetime = SENT) -> list[bytes]:
    """The same with 16-bit references."""
    parts = segment(text, concat_reference=reference, wide_reference=True).parts
    return [octets_of(part, at=at) for part in parts]


def octets_of(part: PartText, *, at: datetime = SENT, sender: str = SENDER) -> bytes:
    """One part."""
    return deliver(part.udh, part.user_data[len(part.udh) :], part.length, part.dcs, at=at, sender=sender)


def deliver(
    udh: bytes, data: bytes, length: int, dcs: int, *, at: datetime = SENT, sender: str = SENDER
) -> bytes:
    """An SMS-DELIVER with its SMSC part (3GPP TS 23.040 §9.2.2.1)."""
    first = _DELIVER | (_HAS_HEADER if udh else 0)
    header = bytes([first]) + encode_number(sender) + bytes([0x00, dcs]) + write_timestamp(at)
    return encode_smsc(SMSC) + header + bytes([length]) + udh + data


def ucs2_part(data: bytes, number: int, total: int, *, reference: int = 1) -> bytes:
    """A part of any octets, which ``segment`` would never cut so."""
    udh = bytes([5, 0, 3, reference, total, number])
    return deliver(udh, data, len(udh) + len(data), 0x08)
