"""Large bodies are taken apart exactly where a JSON parser would, and nothing is ever read twice as long as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.api.wire import split
from gatewayd.api.wire.split import LONGEST, SLICE, split_array, split_lines
from gatewayd.http.problems import BadJson

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def elements(body: bytes) -> list[str]:
    return [element for found in split_array(body) for element in found]


@given(st.lists(VALUES, max_size=30), st.booleans(), st.sampled_from([None, 1]), st.integers(4, 40))
def test_array_comes_apart_into_what_it_was_made_of_with_any_window(
    values: list[Any], ascii_only: bool, indent: int | None, window: int
) -> None:
    body = json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode(errors="surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "_WINDOW", window)
        try:
            body.decode()
        except UnicodeDecodeError:
            with pytest.raises(BadJson):
                elements(body)
        else:
            assert [json.loads(element) for element in elements(body)] == values


@given(st.binary(max_size=200), st.integers(4, 40))
def test_array_of_any_octets_comes_apart_or_is_bad_json(octets: bytes, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "_WINDOW", window)
        try:
            found = elements(b"[" + octets)
        except BadJson:
            return
    assert [json.loads(element) for element in found] == json.loads(b"[" + octets)


def test_array_comes_in_slices_of_200_at_most() -> None:
    sizes = [len(found) for found in split_array(b"[" + b",".join([b"1"] * 1001) + b"]")]

    assert max(sizes) == SLICE
    assert sum(sizes) == 1001


def test_array_of_long_elements_comes_in_slices_of_one_window() -> None:
    body = json.dumps(["x" * 30_000] * 100).encode()

    assert max(len(found) for found in split_array(body)) <= 3


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "expected an array"),
        (b"{}", "expected an array"),
        (b"[", "element 0"),
        (b"[1", "after element 0"),
        (b"[1 2]", "after element 0"),
        (b"[1,", "element 1"),
        (b"[1,,2]", "element 1"),
        (b"[1],", "after the array's end"),
        (b'["\xc3"]', "UTF-8"),
        (b'["a\nb"]', "element 0"),
        (b"[" * 200_000, "too deeply nested"),
        (b"[" + b"1" * 5000 + b"]", "too long a number"),
        (b'["' + b"x" * LONGEST + b'"]', "longer than"),
        (b'["' + b"x" * (2 * LONGEST), "element 0"),
    ],
)
def test_array_that_is_none_is_bad_json_and_says_where(body: bytes, complaint: str) -> None:
    with pytest.raises(BadJson, match=complaint):
        elements(body)


def test_lines_come_apart_without_blank_ones() -> None:
    assert list(split_lines(b' {"a":1} \r\n\n{"b":2}\n \n{"c":3}')) == [['{"a":1}', '{"b":2}', '{"c":3}']]


def test_lines_come_in_slices_of_200_at_most() -> None:
    sizes = [len(found) for found in split_lines(b"1\n" * 1001)]

    assert max(sizes) == SLICE
    assert sum(sizes) == 1001


@pytest.mark.parametrize(
    ("body", "complaint"), [(b"1\n\n\xff\n", "element 1"), (b"x" * (LONGEST + 1), "element 0")]
)
def test_line_that_cannot_be_read_is_bad_json_and_says_which(body: bytes, complaint: str) -> None:
    with pytest.raises(BadJson, match=complaint):
        list(split_lines(body))
