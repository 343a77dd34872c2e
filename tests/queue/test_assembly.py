"""Which parts belong together, and what they say: without a database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.queue.assembly import GAP, REPEATED_WITHIN, Piece, join, sort_out

from .conftest import NOON

MINUTE = timedelta(minutes=1)


def piece(
    seq: int, number: int, text: str = "", *, sent: timedelta = timedelta(0), dated: bool = True
) -> Piece:
    text = text or f"<{number}>"
    octets = text.encode("utf-16-be")
    return Piece(seq, number, "ucs2", text, octets, NOON + sent if dated else None, NOON + seq * MINUTE)


def rows(*pieces: Piece) -> list[list[int]]:
    """``seq`` of the parts of each message."""
    return [sorted(assembly.rows) for assembly in sort_out(pieces)]


def test_parts_with_different_numbers_are_one_message() -> None:
    assert rows(piece(1, 3), piece(2, 1), piece(3, 2)) == [[1, 2, 3]]


def test_part_that_says_something_else_under_the_same_number_begins_another_message() -> None:
    assert rows(piece(1, 1, "a"), piece(2, 1, "b"), piece(3, 2)) == [[1, 3], [2]]


def test_part_goes_to_the_message_that_was_sent_nearest_to_it() -> None:
    later = timedelta(hours=2)
    parts = [piece(1, 1, "old"), piece(2, 1, "new", sent=later), piece(3, 2, sent=later + MINUTE)]
    assert rows(*parts) == [[1], [2, 3]]


def test_part_without_a_date_goes_by_when_it_came() -> None:
    parts = [piece(1, 1, "a", dated=False), piece(90, 1, "b", dated=False), piece(91, 2, dated=False)]
    assert rows(*parts) == [[1], [90, 91]]


@pytest.mark.parametrize(
    ("after", "expected"),
    [(REPEATED_WITHIN, [[1, 2]]), (REPEATED_WITHIN + MINUTE, [[1], [2]])],
)
def test_same_words_under_a_new_date_are_a_repetition_for_some_minutes(
    after: timedelta, expected: list[list[int]]
) -> None:
    assert rows(piece(1, 1, "a"), piece(2, 1, "a", sent=after)) == expected


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from("ab"), st.integers(0, 60)), max_size=30))
def test_every_part_is_in_exactly_one_message(drawn: list[tuple[int, str, int]]) -> None:
    parts = [piece(seq, number, text, sent=at * MINUTE) for seq, (number, text, at) in enumerate(drawn)]
    assert sorted(seq for message in rows(*parts) for seq in message) == list(range(len(parts)))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1, 2, 3, 4], "<1><2><3><4>"),
        ([4, 3, 2, 1], "<1><2><3><4>"),
        ([1], f"<1>{GAP}"),
        ([4], f"{GAP}<4>"),
        ([2, 3], f"{GAP}<2><3>{GAP}"),
        ([1, 4], f"<1>{GAP}<4>"),
        ([1, 3], f"<1>{GAP}<3>{GAP}"),
    ],
)
def test_text_shows_where_something_is_missing(numbers: list[int], expected: str) -> None:
    assert join([piece(seq, number) for seq, number in enumerate(numbers)], 4).text == expected


def test_pair_is_not_joined_over_a_gap() -> None:
    octets = "🎉".encode("utf-16-be")
    halves = [
        Piece(1, 1, "ucs2", "", octets[:2], NOON, NOON),
        Piece(2, 3, "ucs2", "", octets[2:], NOON, NOON),
    ]
    assert join(halves, 3).text == f"\ufffd{GAP}\ufffd"
