"""Takes large bodies apart without holding up the event loop: JSON arrays and NDJSON, slice by slice.

A parser that takes 16 MiB at once keeps every other task waiting for a tenth of a second, and a thread doesn't
help, since parsers hold the interpreter's lock. So the body is decoded window by window, the standard library's C
scanner finds where each element ends (0.7 µs for one of 170 octets), and the caller can pause between slices.
Elements are counted from 0, as in the answer, and lines that are blank not at all.
Elements come out as text; the one strict parser, pydantic's, reads them afterwards.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

from gatewayd.api.wire.keys import require_unique_keys, scan
from gatewayd.http.problems import BadJson

#: Most elements of one slice.
SLICE = 200
#: Longest element of an array or line, in characters: as long as the body of a single message may be, in octets.
LONGEST = 256 * 1024
_WINDOW = 64 * 1024

_SPACE = re.compile(r"[ \t\n\r]*")
_DELIMITERS = (",", "]", " ", "\t", "\n", "\r")


def split_array(body: bytes) -> Iterator[list[str]]:
    """Yield the elements of the JSON array ``body`` as texts, at most 200 and about 64 KiB at a time.

    A slice may be empty. Raises BadJson, naming the element, when the array turns out to be none.
    """
    return _ArraySplitter(body).slices()


def split_lines(body: bytes) -> Iterator[list[str]]:
    """Yield the lines of the NDJSON ``body`` that aren't blank, in slices as ``split_array`` does. Raises BadJson."""
    lines: list[str] = []
    start = size = count = 0
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        if end - start > LONGEST:
            raise BadJson(f"element {count} is longer than {LONGEST} octets")
        line = _decoded(body[start:end], count).strip()
        size += end - start
        start = end + 1
        if line:
            try:
                require_unique_keys(line)
            except BadJson as error:
                raise BadJson(f"element {count}: {error}") from None
            lines.append(line)
            count += 1
        if len(lines) == SLICE or size > _WINDOW:
            yield lines
            lines, size = [], 0
    yield lines


def _decoded(line: bytes, count: int) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise BadJson(f"element {count} is not valid UTF-8: {error.reason}") from None


class _ArraySplitter:
    """A window of text that moves over the body."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._decoded = 0
        self._text = ""
        self._position = 0
        self._count = 0

    def slices(self) -> Iterator[list[str]]:
        if self._peek() != "[":
            raise BadJson("expected an array: [")
        self._position += 1
        if self._peek() == "]":
            self._position += 1
            self._expect_end()
            return
        elements: list[str] = []
        while True:
            window = self._decoded
            elements.append(self._element())
            delimiter = self._peek()
            self._position += 1
            if delimiter == "]":
                break
            if delimiter != ",":
                raise BadJson(f"expected ',' or ']' after element {self._count - 1}")
            if len(elements) == SLICE or self._decoded != window:
                yield elements
                elements = []
        self._expect_end()
        yield elements

    def _element(self) -> str:
        """Return the text of the element that begins here, and move behind it."""
        while True:
            self._peek()
            try:
                _, end = scan(self._text, self._position)
            except (ValueError, RecursionError) as error:
                self._widen(error)
                continue
            except BadJson as error:
                raise BadJson(f"element {self._count}: {error}") from None
            # A number that the window cuts off scans as a shorter one: whole is what stands before a delimiter.
            if self._text[end : end + 1] not in _DELIMITERS and self._has_room() and self._advance():
                continue
            element = self._text[self._position : end]
            if len(element) > LONGEST:
                raise BadJson(f"element {self._count} is longer than {LONGEST} characters")
            self._position = end
            self._count += 1
            return element

    def _widen(self, error: Exception) -> None:
        """Take in more text, for an element that seems to be cut off. Raises BadJson where that can't be it."""
        too_deep = isinstance(error, RecursionError)
        if too_deep or not self._has_room() or not self._advance():
            words = (
                error.msg
                if isinstance(error, json.JSONDecodeError)
                else "too deeply nested, or too long a number"
            )
            raise BadJson(f"element {self._count}: {words}") from None

    def _has_room(self) -> bool:
        """Whether an element that begins here could still be of a length that is taken."""
        return len(self._text) - self._position <= LONGEST

    def _peek(self) -> str:
        """Skip white space and return the next character, which stays; empty at the end of the body."""
        while True:
            found = _SPACE.match(self._text, self._position)
            self._position = found.end() if found else self._position
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._advance():
                return ""

    def _expect_end(self) -> None:
        if self._peek():
            raise BadJson("there is something after the array's end")

    def _advance(self) -> bool:
        """Drop what was read and decode another window; False at the end of the body."""
        if self._decoded == len(self._body):
            return False
        chunk = self._body[self._decoded : self._decoded + _WINDOW]
        final = self._decoded + len(chunk) == len(self._body)
        try:
            text, used = codecs.utf_8_decode(chunk, "strict", final)
        except UnicodeDecodeError as error:
            raise BadJson(f"element {self._count} is not valid UTF-8: {error.reason}") from None
        self._decoded += used
        self._text = self._text[self._position :] + text
        self._position = 0
        return True
