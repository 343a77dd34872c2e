"""Telephone numbers and names in PDUs (3GPP TS 23.040 §9.1.2.5)."""

from __future__ import annotations

import re
from typing import Final

from gatewayd.sms import septets
from gatewayd.sms.alphabet import alphabet
from gatewayd.sms.octets import Reader

#: Type-of-address: international, and "unknown" for national numbers and short codes, both of the ISDN plan.
INTERNATIONAL: Final = 0x91
UNKNOWN: Final = 0x81

_TYPE_OF_NUMBER: Final = 0x70
_INTERNATIONAL_TYPE: Final = 0x10
_ALPHANUMERIC_TYPE: Final = 0x50

#: Semi-octets of TS 23.040 §9.1.2.3; 0xF fills the last octet up.
_DIGITS: Final = "0123456789*#abc"
_FILL: Final = 0x0F
_NUMBER: Final = re.compile(r"\+?[0-9*#abc]{1,20}")


def encode_number(number: str) -> bytes:
    """TP-DA: count of digits, type, digits. Raises ValueError for anything but ``+`` and 1 to 20 digits."""
    octets = _digits_of(number)
    return bytes([len(number.removeprefix("+"))]) + octets


def encode_smsc(number: str | None) -> bytes:
    """The service centre's address before a PDU, counted in octets; None leaves the choice to the SIM."""
    if number is None:
        return b"\x00"
    octets = _digits_of(number)
    return bytes([len(octets)]) + octets


def _digits_of(number: str) -> bytes:
    """Type of address and semi-octets."""
    if not _NUMBER.fullmatch(number):
        raise ValueError(
            f"not a number to send to: {len(number)} characters, '+' and 1 to 20 digits expected"
        )
    kind = INTERNATIONAL if number.startswith("+") else UNKNOWN
    values = [_DIGITS.index(digit) for digit in number.removeprefix("+")]
    if len(values) % 2:
        values.append(_FILL)
    return bytes([kind]) + bytes(low | high << 4 for low, high in zip(values[::2], values[1::2], strict=True))


def read_number(reader: Reader, what: str) -> str:
    """An address of a TPDU: a number, with ``+`` where it is international, or a name such as ``Bank``.

    Raises DecodeError where it is cut off.
    """
    digits = reader.octet(f"length of {what}")
    kind = reader.octet(f"type of {what}")
    octets = reader.take((digits + 1) // 2, what)
    if kind & _TYPE_OF_NUMBER == _ALPHANUMERIC_TYPE:
        # The length counts semi-octets, of which a septet needs 7/4.
        return alphabet().decode(septets.unpack(octets, digits * 4 // 7))
    return _number(kind, octets, digits)


def read_smsc(reader: Reader) -> str | None:
    """The service centre's address before a TPDU; None where the SIM's own is meant."""
    count = reader.octet("length of the SMSC's address")
    if count == 0:
        return None
    kind, *octets = reader.take(count, "the SMSC's address")
    return _number(kind, bytes(octets), 2 * len(octets))


def _number(kind: int, octets: bytes, digits: int) -> str:
    values = [value for octet in octets for value in (octet & 0x0F, octet >> 4)][:digits]
    number = "".join(_DIGITS[value] for value in values if value != _FILL)
    return f"+{number}" if kind & _TYPE_OF_NUMBER == _INTERNATIONAL_TYPE else number
