from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.http.paging import decode_cursor, encode_cursor
from gatewayd.http.problems import BadCursor


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-(2**63), 2**63 - 1))
def test_cursor_comes_back_as_it_was(at: datetime, seq: int) -> None:
    cursor = encode_cursor(at, seq)
    assert decode_cursor(cursor) == (at, seq)
    assert len(cursor) == 22
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.text())
def test_anything_else_is_a_bad_cursor_or_reads_as_one(text: str) -> None:
    try:
        at, seq = decode_cursor(text)
    except BadCursor:
        return
    assert decode_cursor(encode_cursor(at, seq)) == (at, seq)


@pytest.mark.parametrize("text", ["", "abc", "A" * 21, "A" * 23, "/" * 22, "_" * 22, "é" * 22])
def test_word_that_was_never_handed_out_is_a_bad_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(text)
