from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.sms.languages import NationalLanguage as L
from gatewayd.sms.segments import TooManyParts, Unencodable, plan, segment
from tests.sms.strategies import languages, texts


@pytest.mark.parametrize(
    ("text", "encoding", "parts", "units"),
    [
        ("", "gsm7", 1, 0),
        ("a" * 160, "gsm7", 1, 160),
        ("a" * 161, "gsm7", 2, 161),
        ("a" * 306, "gsm7", 2, 306),
        ("a" * 307, "gsm7", 3, 307),
        ("€" * 80, "gsm7", 1, 160),
        ("ł" * 70, "ucs2", 1, 70),
        ("ł" * 71, "ucs2", 2, 71),
        ("ł" * 134, "ucs2", 2, 134),
        ("😀" * 35, "ucs2", 1, 70),
        ("😀" * 36, "ucs2", 2, 72),
    ],
)
def test_text_takes_the_parts_that_everybody_counts(text: str, encoding: str, parts: int, units: int) -> None:
    planned = plan(text)
    assert (planned.encoding, planned.parts, planned.units) == (encoding, parts, units)


def test_text_with_an_escape_pair_at_the_edge_keeps_it_whole() -> None:
    # 153 septets would end between the escape and the euro's code.
    text = "a" * 152 + "€" + "b" * 20
    assert [part.text for part in segment(text).parts] == ["a" * 152, "€" + "b" * 20]


def test_text_with_a_surrogate_pair_at_the_edge_keeps_it_whole() -> None:
    text = "ł" * 66 + "😀" + "ł" * 10
    assert [part.text for part in segment(text).parts] == ["ł" * 66, "😀" + "ł" * 10]


def test_text_with_a_combining_mark_at_the_edge_keeps_it_with_its_letter() -> None:
    text = "ł" * 66 + "o\u0323" + "ł" * 10
    assert [part.text for part in segment(text).parts] == ["ł" * 66, "o\u0323" + "ł" * 10]


def test_text_whose_marks_would_cost_a_part_is_cut_before_a_mark() -> None:
    text = "ł" * 66 + "o\u0323" + "ł" * 66
    assert [len(part.text) for part in segment(text).parts] == [67, 67]


def test_text_of_nothing_but_marks_is_cut_all_the_same() -> None:
    assert "".join(part.text for part in segment("\u0323" * 500).parts) == "\u0323" * 500


@pytest.mark.parametrize(
    ("text", "tables", "encoding"),
    [
        ("Şişli", (), "ucs2"),
        ("Şişli", (L.TURKISH,), "gsm7-tr"),
        ("Sí", (L.TURKISH, L.SPANISH), "gsm7-es"),
        ("São", (L.PORTUGUESE,), "gsm7-pt"),
        ("Sim", (L.PORTUGUESE,), "gsm7"),
        ("नमस्ते", (L.HINDI,), "gsm7-hi"),
        ("Sí, ş", (L.TURKISH, L.SPANISH), "ucs2"),
    ],
)
def test_text_is_written_with_national_tables_only_where_configured(
    text: str, tables: tuple[L, ...], encoding: str
) -> None:
    assert segment(text, languages=tables).encoding == plan(text, languages=tables).encoding == encoding


def test_text_with_few_national_letters_takes_the_single_shift_table() -> None:
    # One septet of an escape costs less than what the locking table would lack.
    (part,) = segment("a" * 150 + "ş", languages=(L.TURKISH,)).parts
    assert part.udh == bytes([3, 0x24, 1, 1])


def test_text_with_many_national_letters_takes_the_locking_shift_table() -> None:
    (part,) = segment("ş" * 155, languages=(L.TURKISH,)).parts
    assert part.udh == bytes([3, 0x25, 1, 1])


def test_national_tables_take_octets_of_the_part() -> None:
    assert plan("ş" * 155, languages=(L.TURKISH,)).parts == 1
    assert plan("ş" * 156, languages=(L.TURKISH,)).parts == 2
    # Six octets of concatenation and three of the table make eleven septets.
    assert [len(p.text) for p in segment("ş" * 156, languages=(L.TURKISH,)).parts] == [149, 7]


def test_plan_of_ucs2_names_what_forced_it_once_each_in_order() -> None:
    offending = plan("Zł i zł, 😀").offending
    assert [(found.position, found.character) for found in offending] == [(1, "ł"), (9, "😀")]
    assert offending[0].name == "LATIN SMALL LETTER L WITH STROKE (U+0142)"


def test_plan_of_ucs2_beside_configured_tables_names_what_they_lack_too() -> None:
    assert [found.character for found in plan("Şi ł", languages=(L.TURKISH,)).offending] == ["ł"]


def test_plan_of_seven_bits_names_nothing() -> None:
    assert plan("Hello").offending == ()


def test_encoding_asked_for_is_taken() -> None:
    assert plan("Hello", encoding="ucs2").encoding == "ucs2"
    assert plan("São", encoding="gsm7-pt").encoding == "gsm7-pt"


def test_encoding_asked_for_that_lacks_a_character_is_refused_with_its_place() -> None:
    with pytest.raises(Unencodable, match=r"gsm7 can't write .*STROKE \(U\+0142\) at position 1") as raised:
        plan("Zł", encoding="gsm7")
    assert [found.character for found in raised.value.offending] == ["ł"]


@pytest.mark.parametrize("encoding", ["gsm8", "gsm7-ca", "UCS2", ""])
def test_encoding_that_does_not_exist_is_refused(encoding: str) -> None:
    with pytest.raises(ValueError, match="no encoding"):
        segment("São", encoding=encoding)


def test_lone_surrogate_is_refused_in_every_encoding() -> None:
    with pytest.raises(Unencodable, match="half a surrogate pair"):
        segment("a\ud800b")


def test_text_of_255_parts_is_cut_and_one_more_is_refused() -> None:
    assert len(segment("a" * 153 * 255).parts) == 255
    assert plan("a" * (153 * 255 + 1)).parts == 256
    with pytest.raises(TooManyParts, match="256"):
        segment("a" * (153 * 255 + 1))


def test_wide_reference_takes_an_octet_more() -> None:
    parts = segment("a" * 305, concat_reference=0xABCD, wide_reference=True).parts
    assert [len(part.text) for part in parts] == [152, 152, 1]
    assert parts[1].udh == bytes([6, 0x08, 4, 0xAB, 0xCD, 3, 2])


@pytest.mark.parametrize(("reference", "wide"), [(-1, False), (256, False), (65536, True)])
def test_reference_out_of_range_is_refused(reference: int, wide: bool) -> None:
    with pytest.raises(ValueError, match="reference"):
        segment("a", concat_reference=reference, wide_reference=wide)


@given(texts, languages, st.booleans())
def test_parts_say_the_whole_text_and_fit(text: str, tables: tuple[L, ...], wide: bool) -> None:
    segmented = segment(text, languages=tables, wide_reference=wide)
    assert "".join(part.text for part in segmented.parts) == text
    assert all(len(part.user_data) <= 140 for part in segmented.parts)
    assert len(segmented.parts) == 1 or all(part.text for part in segmented.parts)


@given(texts, languages, st.booleans())
def test_plan_counts_what_segment_cuts(text: str, tables: tuple[L, ...], wide: bool) -> None:
    segmented = segment(text, languages=tables, wide_reference=wide)
    planned = plan(text, languages=tables, wide_reference=wide)
    assert (planned.encoding, planned.parts, planned.units) == (
        segmented.encoding,
        len(segmented.parts),
        segmented.units,
    )


@given(texts, languages)
def test_more_languages_never_cost_a_part(text: str, tables: tuple[L, ...]) -> None:
    assert plan(text, languages=tables).parts <= plan(text).parts
