"""Characters worth telling a person about: where they are and what they are called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple


class CharacterAt(NamedTuple):
    """A character of a text."""

    position: int
    """Its index in the text, in characters from 0."""
    character: str
    name: str
    """Its Unicode name with its number, or what kind of thing it is."""

    def __str__(self) -> str:
        """As an error message has it."""
        return f"{self.name} at position {self.position}"


#: Line feed is the one control character that a text message has. NUL to US otherwise, DEL and C1 are in no
#: SMS alphabet, or (CR, FF, ESC) mean something there that is no text; lone surrogates and noncharacters are
#: nothing.
_UNSENDABLE: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

_CONTROL_NAMES: Final = {
    "\0": "NUL",
    "\t": "tab",
    "\x0c": "form feed",
    "\r": "carriage return",
    "\x1a": "Ctrl-Z",
    "\x1b": "escape",
    "\x7f": "delete",
}


def unsendable(text: str) -> list[CharacterAt]:
    """Every character of ``text`` that must not be sent, in order; an empty list for a good text.

    These are control characters except line feed (a tab, too, is in no SMS alphabet), lone surrogates and
    noncharacters.
    """
    found = _UNSENDABLE.finditer(text)
    return [CharacterAt(match.start(), match[0], _name(match[0])) for match in found]


def first_places(text: str, characters: Iterable[str]) -> tuple[CharacterAt, ...]:
    """Each of ``characters`` (all of them in ``text``) where it comes first, in order."""
    places = sorted((text.index(character), character) for character in characters)
    return tuple(CharacterAt(position, character, _name(character)) for position, character in places)


def _name(character: str) -> str:
    number = f"U+{ord(character):04X}"
    if "\ud800" <= character <= "\udfff":
        return f"half a surrogate pair ({number})"
    name = unicodedata.name(character, "") or _CONTROL_NAMES.get(character, "")
    if not name and unicodedata.category(character) == "Cc":
        name = "control character"
    return f"{name or 'unassigned character'} ({number})"
