"""Reads a list of recipients, row by row, as it comes: CSV of any common dialect, NDJSON, or objects that are there.

Nothing is held but the row that is read, so that a file of a hundred thousand takes no more memory than one of ten.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from gatewayd.batches.columns import errors_of
from gatewayd.errors import FieldError, InvalidRequest

#: As people and programs call them; the first may begin with a byte order mark, which Excel writes.
ENCODINGS = {"utf-8": "utf-8-sig", "latin-1": "iso-8859-1", "windows-1252": "cp1252", "utf-16": "utf-16"}
DELIMITERS = {",": ",", ";": ";", "tab": "\t", "\t": "\t"}
#: Longest line of NDJSON, in octets.
LONGEST_LINE = 64 * 1024
#: Longest line of CSV, in characters: fifty cells of some kilobytes each.
LONGEST_CSV_LINE = 1024 * 1024
#: Blank lines of one file. They are skipped without a pause for others: so many take some 20 ms.
MAX_BLANK = 50_000

_FILE = "file"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it came."""

    cells: tuple[str, ...]
    """As many as there are columns."""
    errors: tuple[FieldError, ...] = ()
    """What is wrong with its form, whatever it says."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list of recipients; its rows can be read once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    """Raises InvalidRequest where the file can't be read any further."""


def open_csv(file: BinaryIO, *, encoding: str = "utf-8", delimiter: str | None = None) -> Sheet:
    """Begin to read CSV whose first row names the columns.

    ``delimiter``: one of ``DELIMITERS``; None: whichever of them stands most often in the first row. Raises
    InvalidRequest where encoding, delimiter or the first row are wrong.
    """
    errors = []
    if encoding not in ENCODINGS:
        errors.append(FieldError("file_encoding", "choice", f"must be one of {', '.join(ENCODINGS)}"))
    if delimiter is not None and delimiter not in DELIMITERS:
        errors.append(FieldError("delimiter", "choice", "must be one of , ; tab"))
    if errors:
        raise InvalidRequest(errors)
    text = io.TextIOWrapper(file, encoding=ENCODINGS[encoding], newline="")
    lines = _Lines(text, encoding)
    first = next(lines, "")
    chosen = _sniff(first) if delimiter is None else DELIMITERS[delimiter]
    reader = csv.reader(_again(first, lines), delimiter=chosen, strict=True)
    records = _records(reader)
    columns = tuple(column.strip() for column in next(records, []))
    _require(columns)
    return Sheet(columns, (_row(cells, len(columns)) for cells in records))


def open_ndjson(file: BinaryIO) -> Sheet:
    """Begin to read one JSON object a line; the keys of the first are the columns. Raises InvalidRequest."""
    return open_objects(_objects(file))


def open_objects(objects: Iterable[Mapping[str, Any]]) -> Sheet:
    """Rows that are objects; the keys of the first are the columns. Raises InvalidRequest where there is none."""
    rest = iter(objects)
    first = next(rest, None)
    columns = () if first is None else tuple(first)
    _require(columns)
    return Sheet(columns, (_from_object(each, columns) for each in _with_first(first or {}, rest)))


def _require(columns: tuple[str, ...]) -> None:
    if not columns:
        raise InvalidRequest([FieldError(_FILE, "required", "has no row that names the columns")])
    if errors := errors_of(columns):
        raise InvalidRequest(errors)


def _with_first(first: Mapping[str, Any], rest: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield first
    yield from rest


# --- CSV ---


class _Lines:
    """The lines of a text, counted, with a word about the one that can't be decoded."""

    def __init__(self, text: io.TextIOWrapper, encoding: str) -> None:
        self._text = text
        self._encoding = encoding
        self._number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self._number += 1
        try:
            line = self._text.readline(LONGEST_CSV_LINE + 1)
        except UnicodeError:
            others = ", ".join(name for name in ENCODINGS if name != self._encoding)
            words = f"is not {self._encoding}, from line {self._number} on; say so by file_encoding: {others}"
            raise InvalidRequest([FieldError(_FILE, "encoding", words)]) from None
        if len(line) > LONGEST_CSV_LINE:
            words = f"line {self._number} is longer than {LONGEST_CSV_LINE:,} characters"
            raise InvalidRequest([FieldError(_FILE, "too_long", words)])
        if not line:
            raise StopIteration
        return line


def _sniff(line: str) -> str:
    """The delimiter of a first row: names of columns hold none, or fewer of the others."""
    return max((",", ";", "\t"), key=line.count)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _records(reader: Any) -> Iterator[list[str]]:
    """The records that aren't blank. Raises InvalidRequest where a quote never ends, or a cell is endless."""
    blank = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            words = f"can't be read at line {reader.line_num}: {error}"
            raise InvalidRequest([FieldError(_FILE, "format", words)]) from None
        if cells is None:
            return
        if any(cells):
            yield cells
        else:
            blank = _one_more(blank)


def _one_more(blank: int) -> int:
    """Count a blank line. Raises InvalidRequest where that is one too many."""
    if blank == MAX_BLANK:
        raise InvalidRequest([FieldError(_FILE, "too_many", f"has more than {MAX_BLANK:,} blank lines")])
    return blank + 1


def _row(cells: list[str], count: int) -> Row:
    if len(cells) == count:
        return Row(tuple(cells))
    words = f"has {len(cells)} cells, and there are {count} columns"
    fitted = (*cells, *[""] * count)[:count]
    return Row(fitted, (FieldError("", "columns", words),))


# --- objects ---


def _objects(file: BinaryIO) -> Iterator[Mapping[str, Any]]:
    number = blank = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            words = f"line {number} is longer than {LONGEST_LINE} octets"
            raise InvalidRequest([FieldError(_FILE, "too_long", words)])
        if line.strip():
            yield _object(line, number)
        else:
            blank = _one_more(blank)


def _object(line: bytes, number: int) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidRequest([FieldError(_FILE, "format", f"line {number} is not a JSON object")])
    return found


def _from_object(found: Mapping[str, Any], columns: tuple[str, ...]) -> Row:
    cells: list[str] = []
    errors: list[FieldError] = []
    for column in columns:
        value = found.get(column)
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int | float)):
            errors.append(FieldError(column, "type", "must be text or a number"))
            value = None
        elif isinstance(value, str) and not _is_unicode(value):
            errors.append(FieldError(column, "format", "must be valid Unicode"))
            value = None
        cells.append("" if value is None else str(value))
    strange = [key for key in found if key not in columns]
    if strange:
        words = f"the first row has no {strange[0]!r}; it has {', '.join(columns)}"
        errors.append(FieldError(strange[0][:60], "unknown_key", words))
    return Row(tuple(cells), tuple(errors))


def _is_unicode(text: str) -> bool:
    """Whether it can be written as UTF-8: JSON may hold half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
