"""The PDUs that the network sends: SMS-DELIVER and SMS-STATUS-REPORT (3GPP TS 23.040 §9.2.2).

The gateway only reads such PDUs; writing them is the simulator's business alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

from gatewayd.sms.coding import GSM7, UCS2, Coding

_INTERNATIONAL, _UNKNOWN_TYPE, _ALPHANUMERIC = 0x91, 0x81, 0xD0
_DELIVER_NO_MORE, _DELIVER_WITH_HEADER, _STATUS_REPORT = 0x04, 0x44, 0x06
_references = itertools.count(1)


def encode_deliver(sender: str, text: str, *, smsc: str, at: datetime | None = None) -> list[bytes]:
    """One PDU (SMSC part included) for each part of a received message.

    ``sender`` is a number, or up to 11 characters of the GSM alphabet; ``at`` (aware) is the SMSC's time stamp, now if
    it isn't given. Raises ValueError for an impossible sender.
    """
    stamp = _timestamp(at or datetime.now(UTC))
    coding: Coding = GSM7 if GSM7.covers(set(text)) else UCS2
    pieces = list(_pieces(coding, text))
    reference = next(_references) % 256
    pdus = []
    for number, piece in enumerate(pieces, start=1):
        # Information element 0x00: concatenation with an 8-bit reference (§9.2.3.24.1).
        elements = bytes([0x00, 3, reference, len(pieces), number]) if len(pieces) > 1 else b""
        user_data, length = coding.write(piece, elements)
        first = _DELIVER_WITH_HEADER if elements else _DELIVER_NO_MORE
        header = bytes([first]) + _sender(sender) + bytes([0x00, coding.dcs]) + stamp
        pdus.append(_smsc(smsc) + header + bytes([length]) + user_data)
    return pdus


def encode_report(*, mr: int, to: str, smsc: str, at: datetime | None = None, status: int = 0) -> bytes:
    """A status report (SMSC part included): ``mr`` as in +CMGS, ``status`` of §9.2.3.15 (0: handset has it)."""
    stamp = _timestamp(at or datetime.now(UTC))
    return _smsc(smsc) + bytes([_STATUS_REPORT, mr]) + _sender(to) + stamp + stamp + bytes([status])


def _pieces(coding: Coding, text: str) -> Iterator[str]:
    """``text`` in pieces that fit into a part each; with a header where one part isn't enough."""
    if coding.units(text, set(text)) <= coding.capacity(b""):
        yield text
        return
    capacity = coding.capacity(bytes(5))
    start = 0
    while start < len(text):
        end = coding.reach(text, start, capacity)
        yield text[start:end]
        start = end


def _sender(address: str) -> bytes:
    """An address field: length, type, value (§9.1.2.5)."""
    digits = address.removeprefix("+")
    if digits.isascii() and digits.isdigit() and len(digits) <= 20:
        kind = _INTERNATIONAL if address.startswith("+") else _UNKNOWN_TYPE
        return bytes([len(digits), kind]) + _semi_octets(digits)
    if address and GSM7.covers(set(address)) and GSM7.units(address, set(address)) <= 11:
        packed, septets = GSM7.write(address, b"")
        # The length counts useful semi-octets.
        return bytes([-(-septets * 7 // 4), _ALPHANUMERIC]) + packed
    raise ValueError(
        f"{address!r} is neither a number of up to 20 digits nor a name of up to 11 GSM characters"
    )


def _smsc(number: str) -> bytes:
    """The SMSC part of a PDU (3GPP TS 24.011 §8.2.5.1): its length counts octets, unlike that of an address."""
    digits = _semi_octets(number.removeprefix("+"))
    kind = _INTERNATIONAL if number.startswith("+") else _UNKNOWN_TYPE
    return bytes([1 + len(digits), kind]) + digits


def _semi_octets(digits: str) -> bytes:
    """Two digits an octet, swapped; an odd last one is filled up with F (§9.1.2.3)."""
    padded = digits + "F" * (len(digits) % 2)
    return bytes(int(padded[i + 1] + padded[i], 16) for i in range(0, len(padded), 2))


def _timestamp(at: datetime) -> bytes:
    """TP-SCTS in UTC: seven swapped pairs of digits, the last being the zone in quarters of an hour (§9.2.3.11)."""
    return _semi_octets(at.astimezone(UTC).strftime("%y%m%d%H%M%S") + "00")
