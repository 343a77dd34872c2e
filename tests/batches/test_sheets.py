"""Lists of recipients as people's programs write them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.batches.columns import errors_of, field_of
from gatewayd.batches.sheets import Sheet, open_csv, open_ndjson, open_objects
from gatewayd.errors import InvalidRequest


def csv(octets: bytes, **options: str) -> Sheet:
    return open_csv(io.BytesIO(octets), **options)


def cells(sheet: Sheet) -> list[tuple[str, ...]]:
    return [row.cells for row in sheet.rows]


@pytest.mark.parametrize(
    ("octets", "options"),
    [
        ("to,name\n+34600000001,Ana Núñez\n".encode(), {}),
        ("\ufeffto,name\r\n+34600000001,Ana Núñez\r\n".encode(), {}),
        ("to;name\n+34600000001;Ana Núñez".encode(), {}),
        ("to\tname\r+34600000001\tAna Núñez\r".encode(), {}),
        ('"to","name"\n"+34600000001","Ana Núñez"\n'.encode(), {}),
        ("to;name\n+34600000001;Ana Núñez\n".encode("latin-1"), {"encoding": "latin-1"}),
        ("to;name\n+34600000001;Ana Núñez\n".encode("cp1252"), {"encoding": "windows-1252"}),
        ("to\tname\n+34600000001\tAna Núñez\n".encode("utf-16"), {"encoding": "utf-16"}),
        (b"to,name\n" + "+34600000001,Ana Núñez".encode(), {"delimiter": ","}),
    ],
)
def test_csv_is_read_whatever_program_wrote_it(octets: bytes, options: dict[str, str]) -> None:
    sheet = csv(octets, **options)
    assert sheet.columns == ("to", "name")
    assert cells(sheet) == [("+34600000001", "Ana Núñez")]


def test_quoted_cells_may_hold_delimiters_quotes_and_lines() -> None:
    sheet = csv(b'to,text\n+34600000001,"Dear ""Ana"",\nhello; you"\n')
    assert cells(sheet) == [("+34600000001", 'Dear "Ana",\nhello; you')]


def test_blank_lines_are_passed_over() -> None:
    assert len(cells(csv(b"to,name\n\n+34600000001,Ana\n,\n\n+34600000002,Rui\n"))) == 2


@pytest.mark.parametrize(
    ("octets", "field", "words"),
    [
        (b"", "file", "no row that names the columns"),
        (b"to,to\n1,2\n", "columns", "are the same name"),
        (b"to,\n1,2\n", "columns", "column 2 needs a name"),
        (b",".join(b"c%d" % n for n in range(51)), "columns", "must be 1 to 50"),
        ("to,name\n+34600000001,Núñez\n".encode("latin-1"), "file", "is not utf-8, from line 1 on"),
        (b'to,name\n+34600000001,"Ana\n', "file", "can't be read at line"),
        (b'to,name\n+34600000001,"Ana"x\n', "file", "can't be read at line 2"),
        (b"to,name\n1," + b"x" * 200_000, "file", "field larger than field limit"),
    ],
)
def test_file_that_can_not_be_read_is_told_where(octets: bytes, field: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        cells(csv(octets))
    assert [error.field for error in refused.value.errors] == [field]
    assert words in refused.value.errors[0].message


def test_unknown_encoding_and_delimiter_are_told_at_once() -> None:
    with pytest.raises(InvalidRequest) as refused:
        csv(b"to\n1\n", encoding="ebcdic", delimiter="|")
    assert [error.field for error in refused.value.errors] == ["file_encoding", "delimiter"]


def test_row_with_more_or_fewer_cells_is_wrong_by_itself() -> None:
    rows = list(csv(b"to,name\n1\n1,2,3\n1,2\n").rows)
    assert [row.cells for row in rows] == [("1", ""), ("1", "2"), ("1", "2")]
    assert [[error.code for error in row.errors] for row in rows] == [["columns"], ["columns"], []]


@pytest.mark.parametrize("opening", [open_csv, open_ndjson])
@pytest.mark.parametrize("first", [b"", b'{"to": 1}\n'])
def test_file_of_blank_lines_alone_keeps_nobody_waiting(
    opening: Callable[[io.BytesIO], Sheet], first: bytes
) -> None:
    with pytest.raises(InvalidRequest, match="more than 50,000 blank lines"):
        cells(opening(io.BytesIO(first + b"\n" * 60_000)))


def test_csv_line_that_does_not_end_is_not_read_to_its_end() -> None:
    with pytest.raises(InvalidRequest, match="line 2 is longer than"):
        cells(csv(b"to,name\n1," + b"a" * 1_100_000))


def test_ndjson_takes_its_columns_from_the_first_object() -> None:
    sheet = open_ndjson(io.BytesIO(b'{"to": "+34600000001", "n": 1}\n\n{"n": 2.5}\n'))
    assert sheet.columns == ("to", "n")
    assert cells(sheet) == [("+34600000001", "1"), ("", "2.5")]


@pytest.mark.parametrize("line", [b"[]", b"7", b"{", b'{"a": 1' + b" " * 70_000, b"\xff"])
def test_ndjson_line_that_is_no_object_is_told_by_number(line: bytes) -> None:
    with pytest.raises(InvalidRequest, match="line 2"):
        cells(open_ndjson(io.BytesIO(b'{"to": "1"}\n' + line + b"\n")))


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    (row,) = open_objects([{"to": "\ud800"}]).rows
    assert [(error.field, error.code) for error in row.errors] == [("to", "format")]


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("name", "name"),
        ("Valor da conta (R$)", "Valor_da_conta_R"),
        ("Ação nº", "Acao_no"),
        ("2nd", "_2nd"),
        ("  to ", "to"),
    ],
)
def test_texts_call_columns_by_plain_words(column: str, field: str) -> None:
    assert field_of(column) == field


def test_columns_that_texts_could_not_tell_apart_are_refused() -> None:
    assert [error.code for error in errors_of(["é", "e", "???"])] == ["duplicate", "format"]


@given(st.binary(max_size=200))
def test_any_octets_are_rows_or_a_refusal(octets: bytes) -> None:
    for opening in (open_csv, open_ndjson):
        try:
            sheet = opening(io.BytesIO(octets))
            assert all(len(row) == len(sheet.columns) for row in cells(sheet))
        except InvalidRequest as refused:
            assert {error.field for error in refused.errors} <= {"file", "columns"}  # noqa: PT017
