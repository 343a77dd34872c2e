"""How a text may be laid into a part: which characters fit, how many units they take, where a part may end.

A unit is a septet in the 7-bit codings and a 16-bit code unit in UCS-2.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final, Protocol

from gatewayd.sms import septets
from gatewayd.sms.alphabet import ESCAPE, Alphabet, alphabet
from gatewayd.sms.languages import NationalLanguage
from gatewayd.sms.tables import LOCKING_SHIFT, SINGLE_SHIFT

#: Octets of TP-UD, header included (3GPP TS 23.040 §9.2.3.24).
USER_DATA_OCTETS: Final = 140
USER_DATA_SEPTETS: Final = 160

#: Information element identifiers of the national tables (3GPP TS 23.040 §9.2.3.24.15, 16).
IEI_SINGLE_SHIFT: Final = 0x24
IEI_LOCKING_SHIFT: Final = 0x25

_ESCAPE: Final = chr(ESCAPE)


def header_octets(elements: bytes) -> int:
    """Octets of a user data header with these information elements, its length octet included."""
    return len(elements) + 1 if elements else 0


class Coding(Protocol):
    """One way to write text into TP-UD."""

    @property
    def name(self) -> str:
        """What it is called outside: ``gsm7``, ``gsm7-tr``, …, ``ucs2``."""
        ...

    @property
    def dcs(self) -> int:
        """TP-DCS without a message class (3GPP TS 23.038 §4)."""
        ...

    @property
    def elements(self) -> bytes:
        """Information elements that every part needs: the national tables in force."""
        ...

    def covers(self, characters: set[str]) -> bool:
        """Whether it can write all of them."""
        ...

    def units(self, text: str, characters: set[str]) -> int:
        """Units that ``text`` takes; ``characters`` is ``set(text)``."""
        ...

    def uniform(self, characters: set[str]) -> bool:
        """Whether every character takes one unit, so that a part may end anywhere."""
        ...

    def capacity(self, elements: bytes) -> int:
        """Units that one part holds beside a header of ``elements``."""
        ...

    def reach(self, text: str, start: int, capacity: int) -> int:
        """The furthest index into ``text`` where a part from ``start`` may end, no character being split."""
        ...

    def write(self, text: str, elements: bytes) -> tuple[bytes, int]:
        """TP-UD (header included) and TP-UDL for a part."""
        ...


def _header(elements: bytes) -> bytes:
    return bytes([len(elements)]) + elements if elements else b""


@dataclass(frozen=True, slots=True, eq=False)
class SeptetCoding:
    """A 7-bit coding with its two tables."""

    name: str
    elements: bytes
    alphabet: Alphabet
    dcs: int = 0x00

    def covers(self, characters: set[str]) -> bool:
        """Whether the two tables have all of them."""
        return characters <= self.alphabet.characters

    def units(self, text: str, characters: set[str]) -> int:
        """Septets that ``text`` takes."""
        return len(text) + sum(map(text.count, characters & self.alphabet.escaped))

    def uniform(self, characters: set[str]) -> bool:
        """Whether no character is written with an escape."""
        return characters.isdisjoint(self.alphabet.escaped)

    def capacity(self, elements: bytes) -> int:
        """Septets beside the header, which takes whole septets."""
        return USER_DATA_SEPTETS - -(-header_octets(elements) * 8 // 7)

    def reach(self, text: str, start: int, capacity: int) -> int:
        """The end of a part, never between an escape and its character."""
        stream = self.alphabet.encode(text[start : start + capacity])[:capacity]
        if stream.endswith(_ESCAPE):
            stream = stream[:-1]
        return start + len(stream) - stream.count(_ESCAPE)

    def write(self, text: str, elements: bytes) -> tuple[bytes, int]:
        """The header, fill bits up to a septet boundary, the packed septets; TP-UDL counts all in septets."""
        stream = self.alphabet.encode(text).encode("ascii")
        header = _header(elements)
        fill = septets.fill_bits(len(header))
        length = (len(header) * 8 + fill) // 7 + len(stream)
        return header + septets.pack(stream, fill_bits=fill), length


@dataclass(frozen=True, slots=True, eq=False)
class Ucs2Coding:
    """UCS-2, or rather UTF-16BE: every handset that shows an emoji reads surrogate pairs."""

    name: str = "ucs2"
    elements: bytes = b""
    dcs: int = 0x08

    def covers(self, characters: set[str]) -> bool:
        """Whether none is a lone surrogate."""
        return not any("\ud800" <= character <= "\udfff" for character in characters)

    def units(self, text: str, characters: set[str]) -> int:
        """16-bit code units that ``text`` takes."""
        return len(text) + sum(text.count(character) for character in characters if character > "\uffff")

    def uniform(self, characters: set[str]) -> bool:
        """Whether no character needs a surrogate pair."""
        return max(characters, default="") < "\U00010000"

    def capacity(self, elements: bytes) -> int:
        """Code units beside the header."""
        return (USER_DATA_OCTETS - header_octets(elements)) // 2

    def reach(self, text: str, start: int, capacity: int) -> int:
        """The end of a part, never inside a surrogate pair."""
        stream = text[start : start + capacity].encode("utf-16-be", "surrogatepass")[: 2 * capacity]
        # A pair cut in half leaves its first half behind, which the decoder drops.
        return start + len(stream.decode("utf-16-be", "ignore"))

    def write(self, text: str, elements: bytes) -> tuple[bytes, int]:
        """The header and the text; TP-UDL counts octets."""
        octets = _header(elements) + text.encode("utf-16-be")
        return octets, len(octets)


GSM7: Final = SeptetCoding("gsm7", b"", alphabet())
UCS2: Final = Ucs2Coding()


@functools.cache
def national_codings(language: NationalLanguage) -> tuple[SeptetCoding, ...]:
    """The codings that a language adds: with its single shift table, its locking shift table, or both."""
    single = bytes([IEI_SINGLE_SHIFT, 1, language.identifier]) if language in SINGLE_SHIFT else b""
    locking = bytes([IEI_LOCKING_SHIFT, 1, language.identifier]) if language in LOCKING_SHIFT else b""
    combinations = [(b"", single), (locking, b""), (locking, single)] if locking else [(b"", single)]
    return tuple(
        SeptetCoding(
            f"gsm7-{language.code}",
            second + first,
            alphabet(language if first else None, language if second else None),
        )
        for first, second in combinations
    )
