"""The tables against facts of 3GPP TS 23.038 and of Unicode that were not taken from the tables."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest

from gatewayd.sms.alphabet import ESCAPE
from gatewayd.sms.languages import NationalLanguage as L
from gatewayd.sms.tables import FREE, LOCKING_SHIFT, SINGLE_SHIFT
from gatewayd.sms.tables.default import ALPHABET, EXTENSION

EVERY_TABLE = [ALPHABET, EXTENSION, *LOCKING_SHIFT.values(), *SINGLE_SHIFT.values()]
#: Those of one script each, whose letters stand in the order of Unicode.
SCRIPTS = {
    L.BENGALI: "BENGALI",
    L.GUJARATI: "GUJARATI",
    L.HINDI: "DEVANAGARI",
    L.KANNADA: "KANNADA",
    L.MALAYALAM: "MALAYALAM",
    L.ORIYA: "ORIYA",
    L.PUNJABI: "GURMUKHI",
    L.TAMIL: "TAMIL",
    L.TELUGU: "TELUGU",
}


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_table_has_128_places_and_leaves_the_escape_free(table: str) -> None:
    assert len(table) == 128
    assert table[ESCAPE] == FREE


@pytest.mark.parametrize("table", [ALPHABET, *LOCKING_SHIFT.values()])
def test_first_table_has_line_ends_space_and_latin_letters_where_all_have_them(table: str) -> None:
    assert (table[0x0A], table[0x0D], table[0x20]) == ("\n", "\r", " ")
    assert table[0x30:0x3A] == "0123456789"
    assert table[0x61:0x7B] == "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("table", [ALPHABET, *LOCKING_SHIFT.values()])
def test_first_table_has_no_character_twice(table: str) -> None:
    characters = [character for character in table if character != FREE]
    assert len(characters) == len(set(characters))


@pytest.mark.parametrize("language", L)
def test_single_shift_table_keeps_the_extensions_signs_where_they_are(language: L) -> None:
    # The standard forgot the euro in Telugu's.
    kept = {place for place, sign in enumerate(EXTENSION) if sign != FREE} - (
        {0x65} if language is L.TELUGU else set()
    )
    assert {SINGLE_SHIFT[language][place] for place in kept} == {EXTENSION[place] for place in kept}


def test_every_language_has_a_single_shift_table_and_all_but_spanish_a_locking_one() -> None:
    assert set(SINGLE_SHIFT) == set(L)
    assert set(LOCKING_SHIFT) == set(L) - {L.SPANISH}


@pytest.mark.parametrize("language", SCRIPTS)
def test_indic_locking_table_has_its_scripts_letters_in_the_order_of_unicode(language: L) -> None:
    # Misprints of early editions and of copies show as a step back, as Kannada's 0x24 did.
    letters = [character for character in LOCKING_SHIFT[language][:0x60] if character > "\u0900"]
    assert all(unicodedata.name(letter).startswith(SCRIPTS[language]) for letter in letters)
    assert all(first < second for first, second in pairwise(letters))
    assert len(letters) >= 49


@pytest.mark.parametrize("language", [*SCRIPTS, L.URDU])
def test_indic_single_shift_table_has_its_ten_digits_in_order(language: L) -> None:
    digits = [c for c in SINGLE_SHIFT[language] if c > "\u0600" and unicodedata.category(c) == "Nd"]
    assert [unicodedata.digit(digit) for digit in digits] == list(range(10))


@pytest.mark.parametrize("language", [*SCRIPTS, L.URDU])
def test_indic_single_shift_table_has_the_latin_capitals_in_place(language: L) -> None:
    assert SINGLE_SHIFT[language][0x41:0x5B] == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_default_alphabet_has_the_characters_that_copies_get_wrong() -> None:
    # A capital cedilla where Unicode's own mapping file has a small one; the currency sign where ASCII has a dollar.
    assert (ALPHABET[0x09], ALPHABET[0x24], ALPHABET[0x02], ALPHABET[0x00]) == ("Ç", "¤", "$", "@")
    assert (ALPHABET[0x40], ALPHABET[0x60], ALPHABET[0x5F]) == ("¡", "¿", "§")
    assert (EXTENSION[0x65], EXTENSION[0x14], EXTENSION[0x0A]) == ("€", "^", "\x0c")


@pytest.mark.parametrize(
    ("table", "facts"),
    [
        (LOCKING_SHIFT[L.TURKISH], "04€ 07ı 0BĞ 0Cğ 1CŞ 1Dş 40İ 60ç"),
        (SINGLE_SHIFT[L.TURKISH], "47Ğ 49İ 53Ş 63ç 65€ 67ğ 69ı 73ş"),
        (SINGLE_SHIFT[L.SPANISH], "09ç 41Á 49Í 4FÓ 55Ú 61á 69í 6Fó 75ú"),
        (LOCKING_SHIFT[L.PORTUGUESE], "04ê 08ó 09ç 0BÔ 12ª 15\u221e 18€ 24º 5BÃ 5CÕ 60~ 7Bã 7D`"),
        (SINGLE_SHIFT[L.PORTUGUESE], "05ê 09ç 0Cô 12Φ 1FÊ 41À 5BÃ 61Â 7Fâ"),
        (LOCKING_SHIFT[L.HINDI], "00\u0901 02\u0903 60\u0950 7F\u097f"),
        (LOCKING_SHIFT[L.KANNADA], "24\u0ca1 3D\u0caa"),
        (LOCKING_SHIFT[L.ORIYA], "47\u0b33 4E\u0b3c"),
        (LOCKING_SHIFT[L.URDU], "00\u0627 60\u0654 7F\u0670"),
        (SINGLE_SHIFT[L.URDU], "19\u0600 1C\u06f0 3F\u06d4"),
    ],
)
def test_table_has_the_standards_character_at(table: str, facts: str) -> None:
    # Each fact is a septet in hexadecimal and its character.
    assert [fact for fact in facts.split() if table[int(fact[:2], 16)] != fact[2:]] == []
