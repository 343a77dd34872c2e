"""Where a text may be cut without tearing off a combining mark, a skin tone or a joined emoji."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

_JOINER: Final = "\u200d"
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
#: How far back an end may move: beyond this it is no text but a pile of marks.
_MOST: Final = 16


def _continues(text: str, index: int) -> bool:
    """Whether the character at ``index`` belongs to the one before it (a plain subset of UAX #29)."""
    character = text[index]
    return (
        character == _JOINER
        or text[index - 1] == _JOINER
        or ord(character) in _SKIN_TONES
        or unicodedata.category(character).startswith("M")
    )


def whole_clusters(text: str, reach: Callable[[int], int]) -> Iterator[int]:
    """The ends of parts; ``reach(start)`` is the furthest end of a part that begins at ``start``."""
    position = 0
    while position < len(text):
        furthest = end = reach(position)
        lowest = max(position + 1, furthest - _MOST)
        while lowest < end < len(text) and _continues(text, end):
            end -= 1
        torn = end < len(text) and _continues(text, end)
        position = furthest if torn else end
        yield position
