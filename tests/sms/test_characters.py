from __future__ import annotations

import pytest

from gatewayd.sms.characters import unsendable


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\x00", "NUL (U+0000)"),
        ("\t", "tab (U+0009)"),
        ("\x0c", "form feed (U+000C)"),
        ("\r", "carriage return (U+000D)"),
        ("\x1a", "Ctrl-Z (U+001A)"),
        ("\x1b", "escape (U+001B)"),
        ("\x07", "control character (U+0007)"),
        ("\x85", "control character (U+0085)"),
        ("\ud83d", "half a surrogate pair (U+D83D)"),
        ("\uffff", "unassigned character (U+FFFF)"),
    ],
)
def test_unsendable_character_is_named_with_its_place(character: str, name: str) -> None:
    (found,) = unsendable(f"abc{character}def")
    assert found == (3, character, name)
    assert str(found) == f"{name} at position 3"


def test_unsendable_finds_every_place_in_order() -> None:
    assert [found.position for found in unsendable("\r\n\x1a")] == [0, 2]


def test_unsendable_of_ordinary_text_with_line_feeds_and_emoji_is_empty() -> None:
    assert unsendable("Grüße\n👨\u200d👩\u200d👧 €\u00a0\ufeff") == []
