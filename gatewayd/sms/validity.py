"""TP-VP: how long the service centre keeps trying (3GPP TS 23.040 §9.2.3.12)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from gatewayd.sms.octets import Reader
from gatewayd.sms.timestamp import read_timestamp

#: TP-VPF, bits 4 and 3 of the first octet.
FORMAT_MASK: Final = 0x18
ABSENT: Final = 0x00
ENHANCED: Final = 0x08
RELATIVE: Final = 0x10
ABSOLUTE: Final = 0x18

SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(weeks=63)

#: The relative format, as (first value, what it stands for, step from there on); the last goes up to 255.
_STEPS: Final = (
    (0, timedelta(minutes=5), timedelta(minutes=5)),
    (144, timedelta(hours=12, minutes=30), timedelta(minutes=30)),
    (168, timedelta(days=2), timedelta(days=1)),
    (197, timedelta(weeks=5), timedelta(weeks=1)),
)


def encode_relative(validity: timedelta) -> int:
    """The largest value that is not longer than ``validity``, but at least that for 5 minutes."""
    capped = min(max(validity, SHORTEST), LONGEST)
    first, base, step = next(row for row in reversed(_STEPS) if row[1] <= capped)
    following = next((row[0] for row in _STEPS if row[0] > first), 256)
    return min(first + (capped - base) // step, following - 1)


def decode_relative(value: int) -> timedelta:
    """What one octet of the relative format stands for."""
    first, base, step = next(row for row in reversed(_STEPS) if row[0] <= value)
    return base + (value - first) * step


def read_validity(reader: Reader, form: int) -> timedelta | datetime | None:
    """TP-VP in the format ``form`` (the bits of ``FORMAT_MASK``).

    A time span, a point in time, or None where there is none or it can't be read (a nonsensical date, a
    reserved enhanced format). Raises DecodeError where it is cut off.
    """
    if form == ABSENT:
        return None
    if form == RELATIVE:
        return decode_relative(reader.octet("TP-VP"))
    if form == ABSOLUTE:
        return read_timestamp(reader, "TP-VP")
    return _enhanced(reader.take(7, "TP-VP"))


def _enhanced(octets: bytes) -> timedelta | None:
    """The enhanced format (§9.2.3.12.3): a functionality indicator, then its value."""
    form = octets[0] & 0x07
    if form == 1:
        return decode_relative(octets[1])
    if form == 2:
        return timedelta(seconds=octets[1])
    if form == 3:
        hours, minutes, seconds = ((octet & 0x0F) * 10 + (octet >> 4) for octet in octets[1:4])
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return None
