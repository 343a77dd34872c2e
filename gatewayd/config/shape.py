"""What a section's model says about itself, in the words of the reference and of the example."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

_WORDS = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    Decimal: "number",
    str: "text",
    Path: "path",
    SecretStr: "secret",
}


def summary(model: type[BaseModel]) -> str:
    """The first paragraph of the model's docstring, without the section's own name in front."""
    text = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    words = text.partition("`: ")[2] if text.startswith("`[") else text
    return (words[:1].upper() + words[1:]).replace("``", "`")


def options(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """The keys of a section itself."""
    return ((key, field) for key, field in model.model_fields.items() if _model_of(field) is None)


def nested(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel], str]]:
    """The tables inside of it: key, model, and what it is for."""
    for key, field in model.model_fields.items():
        if (inner := _model_of(field)) is not None:
            yield key, inner, field.description or summary(inner)


def default_of(field: FieldInfo) -> str | None:
    """The default as TOML; None where there is none."""
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    return None if value is None else toml(value)


def type_of(annotation: Any) -> str:
    """A type in words."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_of(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_of(argument) for argument in arguments if argument is not type(None))
    if origin is typing.Literal:
        return " or ".join(f"`{argument}`" for argument in arguments)
    if origin is dict:
        return f"table of {type_of(arguments[1])}"
    if origin is tuple:
        return f"list of {type_of(arguments[0])}"
    if origin is dict:
        return f"table of {type_of(arguments[1])}s"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    return _WORDS[annotation]


def toml(value: Any) -> str:
    """A value as TOML. Raises TypeError for what a configuration never holds."""
    match value:
        case bool():
            return str(value).lower()
        case enum.Enum():
            return toml(value.value)
        case int() | float():
            return repr(value)
        case Decimal():
            return str(value)
        case dict():
            pairs = ", ".join(f"{_key(key)} = {toml(inner)}" for key, inner in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case str() | Path():
            return f'"{value}"'
        case tuple() | list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            # Keys are those of our models, or labels: words, which need no quotes.
            return (
                "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
                if value
                else "{}"
            )
    raise TypeError(f"no TOML for {type(value).__name__}")


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else f'"{name}"'


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
