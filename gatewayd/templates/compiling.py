"""From the source of a template to a text: compiled once, filled in for each message."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.templates.fields import Value
from gatewayd.templates.formats import Formats

#: Longest text that may come out, in characters: 255 parts hold fewer.
LONGEST = {"sms": 40_000, "mail": 200_000}
#: Longest subject of a mail, in characters.
LONGEST_SUBJECT = 250


@dataclass(frozen=True, slots=True)
class Setting:
    """What templates are compiled for."""

    channel: str
    """``sms`` or ``mail``."""
    language: str
    zone: ZoneInfo


class Source:
    """One compiled source."""

    def __init__(self, source: str, names: Sequence[str], setting: Setting, *, where: str = "body") -> None:
        """``names``: of the fields; ``where``: what holds the source, for errors. Raises InvalidRequest."""
        # Imported here: Jinja takes 35 ms, and most daemons start without ever rendering.
        from gatewayd.templates import sandbox

        environment = _sandbox(setting)
        try:
            tree = sandbox.parse(environment, source, names)
            self.used = sandbox.used(tree, names)
            """The fields that stand in it."""
            self._template = environment.from_string(tree)
        except sandbox.Forbidden as error:
            raise InvalidRequest([FieldError(where, "template", str(error))]) from None
        except (
            RecursionError,
            SyntaxError,
        ):  # of Jinja's parser, and of the program that it makes of the source
            words = "stands too deep in one another: take some brackets, operators or blocks apart"
            raise InvalidRequest([FieldError(where, "template", words)]) from None
        self._where = where
        self._longest = LONGEST_SUBJECT if where == "subject" else LONGEST[setting.channel]

    def fill(self, values: Mapping[str, Value]) -> str:
        """Return the text. Raises InvalidRequest where the values don't go with the template."""
        pieces: list[str] = []
        length = 0
        # Piece by piece: what grows without end is noticed before the memory is full.
        for piece in self._generate(values):
            length += len(piece)
            if length > self._longest:
                raise self._error("too_long", f"comes out longer than {self._longest} characters")
            pieces.append(piece)
        return "".join(pieces)

    def _generate(self, values: Mapping[str, Value]) -> Iterator[str]:
        try:
            yield from self._template.generate(values)
        except Exception as error:
            if not _by_template(error):
                raise
            raise self._error("template", f"line {_line(error.__traceback__)}: {error}") from None

    def _error(self, code: str, words: str) -> InvalidRequest:
        return InvalidRequest([FieldError(self._where, code, words)])


def _by_template(error: Exception) -> bool:
    """Whether the template and its values are to blame, and not our program."""
    from jinja2 import TemplateError

    # Jinja's `truncate` asserts that its length has room for the dots.
    return isinstance(error, TemplateError | TypeError | ValueError | ArithmeticError | AssertionError)


def _line(traceback: TracebackType | None) -> int:
    """The line of the template; Jinja writes tracebacks as if the template were a program."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


@functools.lru_cache(maxsize=32)
def _sandbox(setting: Setting) -> Any:
    from gatewayd.templates.sandbox import Sandbox

    return Sandbox(Formats(setting.language, setting.zone, plain=setting.channel == "sms"))
