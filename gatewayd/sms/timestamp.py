"""Points in time in PDUs: local time with its distance from UTC in quarters of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

from gatewayd.sms.octets import Reader

_OCTETS: Final = 7
_NEGATIVE_ZONE: Final = 0x08
#: Years have two digits; SMS is younger than this century's predecessors would need.
_CENTURY: Final = 2000


def read_timestamp(reader: Reader, what: str) -> datetime | None:
    """TP-SCTS, TP-DT or an absolute TP-VP (3GPP TS 23.040 §9.2.3.11): aware, in the zone that was sent.

    None where the octets are no date or no time of day: service centres do send such, and a message is worth
    more than its date. Raises DecodeError where they are cut off.
    """
    *date, zone = reader.take(_OCTETS, what)
    if any(octet & 0x0F > 9 or octet >> 4 > 9 for octet in date):
        return None
    year, month, day, hour, minute, second = ((octet & 0x0F) * 10 + (octet >> 4) for octet in date)
    quarters = (zone & 0x07) * 10 + (zone >> 4)
    offset = timedelta(minutes=15 * (-quarters if zone & _NEGATIVE_ZONE else quarters))
    try:
        return datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        return None


def write_timestamp(moment: datetime) -> bytes:
    """The seven octets for ``moment``, which is aware and of the years 2000 to 2099.

    A zone between two quarters of an hour is rounded down. Raises ValueError for a naive or too distant
    moment.
    """
    offset = moment.utcoffset()
    if offset is None or not _CENTURY <= moment.year < _CENTURY + 100:
        raise ValueError(f"no timestamp for {moment!r}")
    quarters = int(abs(offset) / timedelta(minutes=15))
    fields = (moment.year - _CENTURY, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    sign = _NEGATIVE_ZONE if offset < timedelta(0) else 0
    return bytes(_swapped(field) for field in fields) + bytes([_swapped(quarters) | sign])


def _swapped(number: int) -> int:
    """Two decimal digits, the tens in the low half of the octet."""
    return number // 10 | number % 10 << 4
