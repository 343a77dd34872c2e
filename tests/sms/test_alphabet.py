from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.sms.alphabet import alphabet
from gatewayd.sms.languages import NationalLanguage

LANGUAGES = [None, *NationalLanguage]


@pytest.mark.parametrize("locking", LANGUAGES)
@pytest.mark.parametrize("single", LANGUAGES)
def test_alphabet_decodes_what_it_encoded(
    locking: NationalLanguage | None, single: NationalLanguage | None
) -> None:
    tables = alphabet(locking, single)
    text = "".join(sorted(tables.characters))
    septets = tables.encode(text).encode("ascii")
    assert tables.decode(septets) == text
    assert len(septets) == len(text) + len(tables.escaped)


def test_alphabet_escape_before_an_unknown_code_shows_the_first_tables_character() -> None:
    assert alphabet().decode(b"\x1bA") == "A"


def test_alphabet_two_escapes_show_a_space_and_one_at_the_end_nothing() -> None:
    assert alphabet().decode(b"a\x1b\x1bb\x1b") == "a b"


@given(st.lists(st.integers(0, 127)).map(bytes), st.sampled_from(LANGUAGES), st.sampled_from(LANGUAGES))
def test_alphabet_decoding_is_total(
    septets: bytes, locking: NationalLanguage | None, single: NationalLanguage | None
) -> None:
    assert "·" not in alphabet(locking, single).decode(septets)


def test_language_is_found_by_code_and_by_identifier() -> None:
    assert NationalLanguage.of_code("pt") is NationalLanguage.of_identifier(3) is NationalLanguage.PORTUGUESE
    assert NationalLanguage.of_identifier(14) is None
    with pytest.raises(KeyError):
        NationalLanguage.of_code("ca")
