"""Command lines as ITU-T V.250 §5.2 writes them: one line may carry several commands. Pure."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

#: Basic commands: a letter, or & and a letter, then digits; S-parameters besides (V.250 §5.3).
_BASIC = re.compile(r"[sS](?P<register>\d+)(?P<rest>=\d*|\?)?|(?P<name>&?[a-zA-Z])(?P<digits>\d*)")
_EXTENDED = re.compile(r"(?P<name>[+^*$%#][A-Za-z][A-Za-z0-9_!%./:-]*)(?P<form>=\?|\?|=|)")


class Form(enum.Enum):
    """What is asked of an extended command."""

    RUN = ""
    READ = "?"
    SET = "="
    TEST = "=?"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name in upper case (``+CMGS``, ``E``, ``&F``, ``S``), the form, and what stands behind."""

    name: str
    form: Form
    arguments: str = ""

    def __str__(self) -> str:
        return self.name + self.form.value + self.arguments


class SyntaxFault(ValueError):
    """The line has something that is no command; the commands before it are in ``before``."""

    def __init__(self, before: list[Command]) -> None:
        super().__init__("not a command")
        self.before = before


def split(body: str) -> list[Command]:
    """Split what stands behind ``AT`` into its commands. Raises SyntaxFault."""
    commands: list[Command] = []
    position = 0
    while position < len(body):
        if body[position] in " ;":
            position += 1
            continue
        found = _extended(body, position) or _basic(body, position)
        if found is None:
            raise SyntaxFault(commands)
        command, position = found
        commands.append(command)
    return commands


def _extended(body: str, start: int) -> tuple[Command, int] | None:
    match = _EXTENDED.match(body, start)
    if match is None:
        return None
    end = _end_of_arguments(body, match.end())
    arguments = body[match.end() : end].strip()
    form = Form(match["form"])
    if arguments and form is not Form.SET:
        return None
    return Command(match["name"].upper(), form, arguments), end


def _basic(body: str, start: int) -> tuple[Command, int] | None:
    match = _BASIC.match(body, start)
    if match is None:
        return None
    if match["register"] is not None:
        return Command("S", Form.SET, match["register"] + (match["rest"] or "")), match.end()
    return Command(match["name"].upper(), Form.RUN, match["digits"]), match.end()


def _end_of_arguments(body: str, start: int) -> int:
    """The position of the ``;`` that ends the arguments, or the end: a ``;`` between quotes belongs to a string."""
    quoted = False
    for position in range(start, len(body)):
        if body[position] == '"':
            quoted = not quoted
        elif body[position] == ";" and not quoted:
            return position
    return len(body)


def arguments(text: str) -> list[str]:
    """The comma-separated arguments of a command, quotes taken off; a comma between quotes separates nothing."""
    values, current, quoted = [], "", False
    for character in text:
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            values.append(current.strip())
            current = ""
        else:
            current += character
    values.append(current.strip())
    return values
