"""What is wrong with a configuration, in words that say what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

from gatewayd.errors import GatewaydError

#: Longest value that is shown, in characters.
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong place of the file."""

    key: str
    """Dotted path, such as ``modem.phone1.interval``; empty for the file as a whole."""
    message: str
    """What would be right."""
    value: str | None = None
    """What stands there, as far as it may be shown."""

    def __str__(self) -> str:
        place = self.key if self.value is None else f"{self.key} = {self.value}"
        return f"{place}: {self.message}" if place else self.message


class ConfigError(GatewaydError):
    """The configuration can't be used."""

    code = "config"

    def __init__(self, path: Path | None, problems: Sequence[Problem]) -> None:
        name = "the configuration" if path is None else str(path)
        if len(problems) == 1:
            super().__init__(f"{name}: {problems[0]}")
        else:
            lines = "".join(f"\n  {problem}" for problem in problems)
            super().__init__(f"{name} has {len(problems)} problems:{lines}")
        self.path = path
        self.problems = tuple(problems)


def explain(details: ErrorDetails, model: type[BaseModel], where: str) -> Problem:
    """Turn one finding of pydantic about the table ``where``, of shape ``model``, into a problem."""
    location = details["loc"]
    key = dotted(where, location)
    if details["type"] == "extra_forbidden":
        known = list(_model_at(model, location[:-1]).model_fields)
        return Problem(key, unknown(str(location[-1]), known))
    if details["type"] == "missing":
        return Problem(key, "is required")
    shown = None if not location or _is_secret(model, location) else show(details["input"])
    return Problem(key, _words(details), shown)


def unknown(key: str, known: Iterable[str]) -> str:
    """What to say of a key that nobody knows."""
    known = list(known)
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"there is no such key; did you mean `{near[0]}`?"
    return f"there is no such key; there are {', '.join(known)}"


def dotted(where: str, location: Iterable[int | str]) -> str:
    """``api``, ``("bind", 0)`` → ``api.bind[1]``: people count from 1."""
    return where + "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in location)


def show(value: object) -> str:
    """A value as TOML would have it, roughly, and not too long."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    if isinstance(value, str):
        text = f'"{value}"'
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _words(details: ErrorDetails) -> str:
    words = details["msg"]
    for pydantics, ours in (
        ("Value error, ", ""),
        ("Input should be", "must be"),
        ("Input should have", "must have"),
        ("String should", "must"),
        ("Tuple should", "must"),
    ):
        words = words.replace(pydantics, ours, 1)
    kind = details["type"]
    if kind.startswith(("float", "int")) and kind.endswith(("_type", "_parsing")):
        return "must be a whole number" if kind.startswith("int") else "must be a number"
    return {
        "bool_type": "must be true or false",
        "bool_parsing": "must be true or false",
        "string_type": 'must be a text in quotes, "…"',
        "path_type": 'must be a path in quotes, "…"',
        "tuple_type": "must be a list, […]",
        "model_type": "must be a table",
    }.get(kind, words)


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel]:
    """The model of the nested table that ``location`` leads to."""
    for step in location:
        annotation: Any = model.model_fields[str(step)].annotation
        model = annotation
    return model


def _is_secret(model: type[BaseModel], location: Sequence[int | str]) -> bool:
    field = model.model_fields.get(str(location[0]))
    return field is not None and is_secret(field.annotation)


def is_secret(annotation: object) -> bool:
    """Whether a field of this type must never be shown."""
    return annotation is SecretStr or SecretStr in getattr(annotation, "__args__", ())
