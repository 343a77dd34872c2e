"""Replacing characters by what the GSM alphabet has, so that a text takes fewer parts.

It is optional, and it says what it did. Three steps for each character that the alphabet lacks: a table of what people
write instead (``ł`` → ``l``, curly quotes → straight ones, a dash → ``-``), its compatible form (``ﬁ`` → ``fi``), its
letter without marks (``ś`` → ``s``). Where none helps, the character stays: a wrong letter is worse than a dearer
message.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import Final, NamedTuple

from gatewayd.sms.coding import GSM7

_GSM: Final = GSM7.alphabet.characters


class Change(NamedTuple):
    """One replacement."""

    position: int
    """Index in the original text, in characters from 0."""
    original: str
    replacement: str
    """May be longer, or empty for what can't be seen."""


@dataclass(frozen=True, slots=True)
class Transliterated:
    """A text, and what was changed to get it."""

    text: str
    changes: tuple[Change, ...]


def _spread(replacements: dict[str, str]) -> dict[str, str]:
    """Each character of a key to that key's value."""
    return {character: value for characters, value in replacements.items() for character in characters}


#: What Unicode's own decompositions don't give: letters with strokes, ligatures, punctuation, signs.
_TABLE: Final = _spread(
    {
        "łƚ": "l",
        "Ł": "L",
        "đð": "d",
        "ĐÐ": "D",
        "ħ": "h",
        "Ħ": "H",
        "ı": "i",
        "ŧ": "t",
        "Ŧ": "T",
        "þ": "th",
        "Þ": "Th",
        "œ": "oe",
        "Œ": "OE",
        "ĸ": "k",
        "ŋ": "n",
        "Ŋ": "N",
        "ŉ": "'n",
        "ẞ": "SS",
        "ç": "c",
        "‘’‚‛′´`ʼ‹›": "'",
        "“”„‟″«»": '"',
        "‐‑‒–—―−": "-",
        "…": "...",
        "•·": "-",
        "×": "x",
        "÷": "/",
        "⁄∕": "/",
        "™": "TM",
        "©": "(C)",
        "®": "(R)",
        "№": "No",
        "º°": "o",
        "ª": "a",
        "→": "->",
        "←": "<-",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "¢": "c",
        "¬": "-",
        "¦": "|",
        "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000": " ",
        "\u2028\u2029\u0085": "\n",
        "\u00ad\u200b\u2060\ufeff": "",
    }
)

#: Greek capitals that look like Latin ones: the alphabet holds only those that don't.
_GREEK: Final = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))


def transliterate(text: str) -> Transliterated:
    """``text`` with every character replaced that the GSM alphabet lacks and has something for.

    Carriage returns before line feeds go; letters that are written with a separate mark are joined first
    (``e`` and a combining acute become ``é``). Scripts without an equivalent, and emoji, stay as they are.
    """
    if _GSM.issuperset(text) and "\r" not in text:
        return Transliterated(text, ())
    pieces = []
    changes = []
    position = 0
    while position < len(text):
        end = _end_of_letter(text, position)
        original = text[position:end]
        replacement = _replacement(original) if original != "\r\n" else "\n"
        pieces.append(replacement)
        if replacement != original:
            changes.append(Change(position, original, replacement))
        position = end
    return Transliterated("".join(pieces), tuple(changes))


def _end_of_letter(text: str, start: int) -> int:
    """The end of a letter with the marks that combine with it, or of a line's end in two characters."""
    if text.startswith("\r\n", start):
        return start + 2
    end = start + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


@functools.lru_cache(maxsize=1024)
def _replacement(letter: str) -> str:
    """What the alphabet has for a letter; the letter itself where it has nothing."""
    composed = unicodedata.normalize("NFC", letter)
    if unicodedata.category(composed[0]) == "No":
        return letter  # 1½ must not become 11/2, nor 10² 102
    candidates = (
        composed,
        _TABLE.get(composed, composed),
        _GREEK.get(composed, composed),
        unicodedata.normalize("NFKC", composed),
        _without_marks(composed),
    )
    return next((candidate for candidate in candidates if _GSM.issuperset(candidate)), letter)


def _without_marks(letter: str) -> str:
    decomposed = unicodedata.normalize("NFKD", letter)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    replaced = (_TABLE.get(character) or _GREEK.get(character) or character for character in bare)
    # A mark on nothing is no letter: it stays.
    return "".join(replaced) or letter
