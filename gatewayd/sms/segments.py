"""From a text to parts: the cheapest coding, and where one part ends and the next begins.

``plan`` counts, for every message that is accepted; ``segment`` writes the octets, when a message is sent.
Both choose alike. A part ends anywhere but inside an escape pair or a surrogate pair, and not before a
combining mark either where that costs no part more.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gatewayd.errors import GatewaydError
from gatewayd.sms.characters import CharacterAt, first_places
from gatewayd.sms.clusters import whole_clusters
from gatewayd.sms.coding import GSM7, UCS2, Coding, national_codings
from gatewayd.sms.languages import NationalLanguage

#: 3GPP TS 23.040 §9.2.3.24.1: the count of parts is one octet.
MAX_PARTS: Final = 255

#: Concatenation with an 8-bit and with a 16-bit reference (3GPP TS 23.040 §9.2.3.24.1, 8).
IEI_CONCATENATED: Final = 0x00
IEI_CONCATENATED_WIDE: Final = 0x08

_CONCATENATION_OCTETS: Final = 5
_WIDE_CONCATENATION_OCTETS: Final = 6


class Unencodable(GatewaydError):
    """The text has characters that the encoding asked for can't write."""

    code = "unencodable"

    def __init__(self, encoding: str, offending: tuple[CharacterAt, ...]) -> None:
        super().__init__(f"{encoding} can't write {', '.join(map(str, offending))}")
        self.encoding = encoding
        self.offending = offending


class TooManyParts(GatewaydError):
    """The text needs more than 255 parts, which is what SMS can number."""

    code = "too_long"


@dataclass(frozen=True, slots=True)
class PartText:
    """One part, ready for a PDU."""

    encoding: str
    """``gsm7``, ``gsm7-es``, ``gsm7-tr``, … or ``ucs2``."""
    text: str
    """What this part says."""
    udh: bytes
    """The user data header with its length octet; empty where there is none."""
    user_data: bytes
    """TP-UD: the header and the text, at most 140 octets."""
    length: int
    """TP-UDL: septets for 7-bit encodings, octets for UCS-2; the header counts."""
    dcs: int
    """TP-DCS without a message class."""


@dataclass(frozen=True, slots=True)
class Segmented:
    """A text in parts."""

    encoding: str
    parts: tuple[PartText, ...]
    units: int
    """Septets or, in UCS-2, 16-bit code units of the text, headers apart."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a text will take."""

    encoding: str
    parts: int
    """May be more than 255; ``segment`` then refuses."""
    units: int
    """Septets or, in UCS-2, 16-bit code units of the text, headers apart."""
    offending: tuple[CharacterAt, ...]
    """Why it is UCS-2: each character (once, where it comes first) that the 7-bit alphabets lack."""


@functools.lru_cache(maxsize=64)  # few: a text may be 40,000 characters long
def plan(
    text: str,
    *,
    encoding: str = "auto",
    languages: tuple[NationalLanguage, ...] = (),
    wide_reference: bool = False,
) -> Plan:
    """Count the parts of ``text`` as ``segment`` will cut it; arguments as there.

    Raises Unencodable as ``segment`` does.
    """
    characters = set(text)
    coding, parts = _choose(text, characters, _codings(encoding, languages), _overhead(wide_reference))
    units = coding.units(text, characters)
    if coding is not UCS2:
        return Plan(coding.name, parts, units, ())
    return Plan(coding.name, parts, units, _beyond_seven_bits(text, characters, languages))


def segment(
    text: str,
    *,
    encoding: str = "auto",
    languages: tuple[NationalLanguage, ...] = (),
    concat_reference: int = 0,
    wide_reference: bool = False,
) -> Segmented:
    """Cut ``text`` into parts.

    ``encoding`` is ``auto``, ``gsm7``, ``ucs2`` or ``gsm7-`` and a language code. With ``auto`` the default
    7-bit alphabet is taken if it has every character, otherwise whatever needs fewest parts of the tables of
    ``languages`` and UCS-2; the tables win a tie. ``concat_reference`` (0 to 255, or to 65535 with
    ``wide_reference``) marks the parts as one message; a text of one part does without.

    Raises Unencodable where the encoding lacks a character (UCS-2 lacks lone surrogates only), TooManyParts,
    ValueError for a reference out of range or an unknown encoding.
    """
    if not 0 <= concat_reference <= (0xFFFF if wide_reference else 0xFF):
        raise ValueError(f"no concatenation reference: {concat_reference}")
    characters = set(text)
    overhead = _overhead(wide_reference)
    coding, _ = _choose(text, characters, _codings(encoding, languages), overhead)
    pieces = _pieces(coding, text, characters, overhead)
    if len(pieces) > MAX_PARTS:
        raise TooManyParts(f"the text needs {len(pieces)} parts; SMS can number {MAX_PARTS}")
    parts = []
    for number, piece in enumerate(pieces, 1):
        elements = coding.elements
        if len(pieces) > 1:
            elements = _concatenation(concat_reference, wide_reference, len(pieces), number) + elements
        parts.append(_part(coding, piece, elements))
    return Segmented(coding.name, tuple(parts), coding.units(text, characters))


def _part(coding: Coding, piece: str, elements: bytes) -> PartText:
    user_data, length = coding.write(piece, elements)
    header = user_data[: len(elements) + 1] if elements else b""
    return PartText(coding.name, piece, header, user_data, length, coding.dcs)


def _concatenation(reference: int, wide: bool, total: int, number: int) -> bytes:
    if wide:
        return bytes([IEI_CONCATENATED_WIDE, 4, *reference.to_bytes(2, "big"), total, number])
    return bytes([IEI_CONCATENATED, 3, reference, total, number])


def _overhead(wide_reference: bool) -> int:
    """Octets of the information element that numbers the parts."""
    return _WIDE_CONCATENATION_OCTETS if wide_reference else _CONCATENATION_OCTETS


def _codings(encoding: str, languages: tuple[NationalLanguage, ...]) -> list[Coding]:
    """What may be used, the preferred ones first. Raises ValueError for an encoding that doesn't exist."""
    if encoding == "auto":
        national = [coding for language in languages for coding in national_codings(language)]
        return [GSM7, *national, UCS2]
    if encoding in ("gsm7", "ucs2"):
        return [GSM7 if encoding == "gsm7" else UCS2]
    prefix, _, code = encoding.partition("-")
    try:
        if prefix == "gsm7":
            return list(national_codings(NationalLanguage.of_code(code)))
    except KeyError:
        pass
    raise ValueError(f"no encoding: {encoding!r}")


def _choose(text: str, characters: set[str], codings: list[Coding], overhead: int) -> tuple[Coding, int]:
    """The coding to use, and how many parts it takes."""
    if codings[0] is GSM7 and GSM7.covers(characters):
        return GSM7, _count(GSM7, text, characters, overhead)
    usable = [coding for coding in codings if coding.covers(characters)]
    if not usable:
        widest = codings[-1]
        lacking = first_places(
            text, {character for character in characters if not widest.covers({character})}
        )
        raise Unencodable(widest.name, lacking)
    counted = [(coding, _count(coding, text, characters, overhead)) for coding in usable]
    # min takes the first of equals: national tables before UCS-2.
    return min(counted, key=lambda choice: choice[1])


def _count(coding: Coding, text: str, characters: set[str], overhead: int) -> int:
    """Parts that ``text`` takes in ``coding``."""
    units = coding.units(text, characters)
    if units <= coding.capacity(coding.elements):
        return 1
    capacity = coding.capacity(bytes(overhead) + coding.elements)
    if coding.uniform(characters):
        return -(-units // capacity)
    return sum(1 for _ in _cuts(coding, text, capacity))


def _cuts(coding: Coding, text: str, capacity: int) -> Iterator[int]:
    """Where each part ends, as full as can be."""
    position = 0
    while position < len(text):
        position = coding.reach(text, position, capacity)
        yield position


def _pieces(coding: Coding, text: str, characters: set[str], overhead: int) -> list[str]:
    if coding.units(text, characters) <= coding.capacity(coding.elements):
        return [text]
    capacity = coding.capacity(bytes(overhead) + coding.elements)
    ends = list(_cuts(coding, text, capacity))
    if coding is not GSM7:  # whose alphabet has no combining marks
        gentle = list(whole_clusters(text, lambda start: coding.reach(text, start, capacity)))
        ends = gentle if len(gentle) == len(ends) else ends
    starts = [0, *ends[:-1]]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _beyond_seven_bits(
    text: str, characters: set[str], languages: tuple[NationalLanguage, ...]
) -> tuple[CharacterAt, ...]:
    """What made the text UCS-2: characters in no configured table, or else those beyond the default."""
    beyond_default = characters - GSM7.alphabet.characters
    tables = [coding.alphabet.characters for language in languages for coding in national_codings(language)]
    return first_places(text, beyond_default.difference(*tables) or beyond_default)
