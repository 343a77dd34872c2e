"""TP-UD, read: its header's elements and the text behind it (3GPP TS 23.040 §9.2.3.24)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatewayd.sms import septets
from gatewayd.sms.alphabet import alphabet
from gatewayd.sms.coding import IEI_LOCKING_SHIFT, IEI_SINGLE_SHIFT, USER_DATA_OCTETS, USER_DATA_SEPTETS
from gatewayd.sms.datacoding import CharacterSet
from gatewayd.sms.languages import NationalLanguage
from gatewayd.sms.octets import DecodeError, Reader
from gatewayd.sms.segments import IEI_CONCATENATED, IEI_CONCATENATED_WIDE


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Which part of which message this is."""

    reference: int
    total: int
    number: int
    """From 1."""
    wide: bool
    """Whether the reference has 16 bits; references of both kinds are different ones though equal in
    number."""


@dataclass(frozen=True, slots=True)
class UserData:
    """What a part says."""

    encoding: str
    """``gsm7``, ``gsm7-es``, …, ``ucs2``, or ``8bit`` and ``compressed``, which have no text."""
    text: str
    concatenation: Concatenation | None
    udh: bytes
    """The header with its length octet; empty where there is none."""
    data: bytes
    """The octets behind the header, for 8-bit messages and for UCS-2 parts that split a character between
    them."""


def read_user_data(reader: Reader, character_set: CharacterSet, *, has_header: bool) -> UserData:
    """TP-UDL and TP-UD. Raises DecodeError where they are cut off or longer than an SMS has room for."""
    length = reader.octet("TP-UDL")
    seven_bits = character_set is CharacterSet.GSM7
    if length > (USER_DATA_SEPTETS if seven_bits else USER_DATA_OCTETS):
        raise DecodeError(f"TP-UDL is {length}, which is more than fits into a message")
    octets = reader.take((length * 7 + 7) // 8 if seven_bits else length, "TP-UD")
    header = octets[: octets[0] + 1] if has_header and octets else b""
    if has_header and (not octets or len(header) != octets[0] + 1):
        raise DecodeError("the user data header is longer than the user data")
    elements = _elements(header[1:])
    concatenation = _concatenation(elements)
    data = octets[len(header) :]
    if character_set is CharacterSet.UCS2:
        # An odd octet at the end is no character; half a pair comes from a sender that splits pairs between
        # parts.
        text = data[: len(data) & ~1].decode("utf-16-be", "replace")
        return UserData("ucs2", text, concatenation, header, data)
    if not seven_bits:
        return UserData(character_set.value, "", concatenation, header, data)
    encoding, text = _seven_bit_text(elements, data, length, len(header))
    return UserData(encoding, text, concatenation, header, data)


def _seven_bit_text(elements: dict[int, bytes], data: bytes, length: int, header: int) -> tuple[str, str]:
    fill = septets.fill_bits(header)
    count = length - (header * 8 + fill) // 7
    locking = _language(elements, IEI_LOCKING_SHIFT)
    single = _language(elements, IEI_SINGLE_SHIFT)
    language = locking or single
    encoding = f"gsm7-{language.code}" if language else "gsm7"
    packed = septets.unpack(data, max(count, 0), fill_bits=fill)
    return encoding, alphabet(locking, single).decode(packed)


def _elements(header: bytes) -> dict[int, bytes]:
    """Information elements by identifier.

    The last of a kind counts, and a header that doesn't add up has none, both as 3GPP TS 23.040 §9.2.3.24 asks of a
    receiver.
    """
    try:
        return dict(_each(header))
    except DecodeError:
        return {}


def _each(header: bytes) -> Iterator[tuple[int, bytes]]:
    reader = Reader(header)
    while reader.remaining:
        identifier = reader.octet("information element")
        yield identifier, reader.take(reader.octet("its length"), "information element")


def _concatenation(elements: dict[int, bytes]) -> Concatenation | None:
    for identifier, octets in ((IEI_CONCATENATED_WIDE, 4), (IEI_CONCATENATED, 3)):
        value = elements.get(identifier, b"")
        if len(value) == octets:
            reference, total, number = int.from_bytes(value[:-2], "big"), value[-2], value[-1]
            # Anything else is to be ignored (§9.2.3.24.1).
            if 1 <= number <= total:
                return Concatenation(reference, total, number, wide=octets == 4)
    return None


def _language(elements: dict[int, bytes], identifier: int) -> NationalLanguage | None:
    value = elements.get(identifier, b"")
    return NationalLanguage.of_identifier(value[0]) if len(value) == 1 else None
