"""Cursors: where the next page begins, as a word that clients hand back unread."""

from __future__ import annotations

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta

from gatewayd.http.problems import BadCursor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FORM = struct.Struct(">qq")  # microseconds since the epoch, sequence number


def encode_cursor(at: datetime, seq: int) -> str:
    """The cursor for the row after the one of time ``at`` (aware) and number ``seq``: 22 letters that a URL bears."""
    octets = _FORM.pack((at - _EPOCH) // _MICROSECOND, seq)
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> tuple[datetime, int]:
    """The time and number of ``encode_cursor``. Raises BadCursor where it is no cursor of ours."""
    try:
        octets = base64.b64decode(cursor + "==", altchars=b"-_", validate=True)
        microseconds, seq = _FORM.unpack(octets)
        position = _EPOCH + microseconds * _MICROSECOND, seq
    except (ValueError, binascii.Error, struct.error, OverflowError):
        raise BadCursor from None
    # One position has one cursor: base64 would let other spellings through.
    if encode_cursor(*position) != cursor:
        raise BadCursor
    return position
