from __future__ import annotations

import pytest
from hypothesis import given

from gatewayd.sms.coding import GSM7
from gatewayd.sms.transliterate import Change, transliterate
from tests.sms.strategies import any_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zażółć gęślą jaźń, ŁÓDŹ", "Zazolc gesla jazn, LODZ"),
        ("“Olá”, ‘não’ — coração…", "\"Ola\", 'nao' - coracao..."),
        ("İstanbul, ığş", "Istanbul, igs"),
        ("e\u0301 a\u0328", "é a"),
        ("ΑΒΓ Ά", "ABΓ A"),
        ("a\u00a0b\tc\u200bd\r\ne", "a b cd\ne"),
        ("ﬁ ＡＢ", "fi AB"),
        ("ß ñ à €", "ß ñ à €"),
    ],
)
def test_text_is_replaced_by_what_the_alphabet_has(text: str, expected: str) -> None:
    assert transliterate(text).text == expected


@pytest.mark.parametrize("text", ["😀👍🏽", "привет", "日本", "1½ 10²", "ελληνικά"])
def test_text_without_an_equivalent_stays(text: str) -> None:
    assert transliterate(text) == (transliterate(text).__class__(text, ()))


def test_changes_say_where_what_became_what() -> None:
    assert transliterate("ok łe\u0301😀…").changes == (
        Change(3, "ł", "l"),
        Change(4, "e\u0301", "é"),
        Change(7, "…", "..."),
    )


@given(any_text)
def test_changes_applied_to_the_original_give_the_text(text: str) -> None:
    result = transliterate(text)
    rebuilt, position = "", 0
    for change in result.changes:
        assert text.startswith(change.original, change.position)
        rebuilt += text[position : change.position] + change.replacement
        position = change.position + len(change.original)
    assert rebuilt + text[position:] == result.text


@given(any_text)
def test_replacements_are_in_the_alphabet(text: str) -> None:
    assert all(
        GSM7.alphabet.characters.issuperset(change.replacement) for change in transliterate(text).changes
    )
