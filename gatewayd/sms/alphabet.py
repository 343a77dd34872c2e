"""A 7-bit alphabet: a table of 128 characters, and a second one behind an escape.

In the standard's words the first is the default alphabet or a *locking shift* table, the second the default
extension table or a *single shift* table (3GPP TS 23.038 §6.2.1). Tables are strings of 128 characters.
"""

from __future__ import annotations

import functools
from typing import Final

from gatewayd.sms.languages import NationalLanguage
from gatewayd.sms.tables import FREE, LOCKING_SHIFT, SINGLE_SHIFT
from gatewayd.sms.tables.default import ALPHABET, EXTENSION

ESCAPE: Final = 0x1B


class Alphabet:
    """The two tables in force for a text, ready for encoding and decoding."""

    __slots__ = ("_decode", "_encode", "_shifted", "characters", "escaped")

    def __init__(self, locking: str, single: str) -> None:
        self._decode = [character if character != FREE else " " for character in locking]
        self._shifted = {code: char for code, char in enumerate(single) if char != FREE}
        encode = {char: chr(ESCAPE) + chr(code) for code, char in self._shifted.items()}
        # Where both tables have a character, the shorter form is taken.
        plain = {char: chr(code) for code, char in enumerate(locking) if char != FREE}
        self._encode = str.maketrans(encode | plain)
        self.characters = frozenset(encode) | frozenset(plain)
        """Every character that the two tables have."""
        self.escaped = frozenset(encode) - frozenset(plain)
        """Those of them that take two septets."""

    def encode(self, text: str) -> str:
        """The septets of ``text`` as characters 0 to 127; its characters must all be in ``characters``."""
        return text.translate(self._encode)

    def decode(self, septets: bytes) -> str:
        """The text of ``septets``. Total, as 3GPP TS 23.038 §6.2.1.1 asks of a receiver.

        An escape before a code that the second table lacks shows the first table's character; a second
        escape in a row shows a space; one at the end shows nothing.
        """
        shown = []
        escaping = False
        for septet in septets:
            if septet == ESCAPE:
                if escaping:
                    shown.append(" ")
                escaping = not escaping
            elif escaping:
                shown.append(self._shifted.get(septet) or self._decode[septet])
                escaping = False
            else:
                shown.append(self._decode[septet])
        return "".join(shown)


@functools.cache
def alphabet(locking: NationalLanguage | None = None, single: NationalLanguage | None = None) -> Alphabet:
    """The alphabet with these tables; None, or a language that has no such table, is the default one."""
    first = LOCKING_SHIFT.get(locking, ALPHABET) if locking else ALPHABET
    second = SINGLE_SHIFT.get(single, EXTENSION) if single else EXTENSION
    return Alphabet(first, second)
