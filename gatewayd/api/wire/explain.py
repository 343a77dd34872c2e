"""Says what is wrong with a request, and what would be right, in the API's own words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gatewayd.errors import FieldError

#: The whole body or query, where no single field is to blame.
WHOLE = ""

#: pydantic's kinds of error, in our words: the code, and what would be right, with what pydantic knows of the limit.
_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("required", "is required"),
    "string_type": ("type", "must be text"),
    "string_unicode": ("format", "must be valid Unicode"),
    "string_too_short": ("required", "must not be empty"),
    "string_too_long": ("too_long", "must have at most {max_length} characters"),
    "list_type": ("type", "must be a list"),
    "too_short": ("required", "must not be empty"),
    "too_long": ("too_many", "must have at most {max_length} entries"),
    "bool_type": ("type", "must be true or false"),
    "bool_parsing": ("type", "must be true or false"),
    "int_parsing": ("type", "must be a whole number"),
    "int_parsing_size": ("range", "is too large a number"),
    "decimal_parsing": ("type", "must be an amount such as 25.00"),
    "decimal_type": ("type", "must be an amount such as 25.00"),
    "finite_number": ("type", "must be an amount such as 25.00"),
    "greater_than_equal": ("range", "must be at least {ge}"),
    "less_than_equal": ("range", "must be at most {le}"),
    "literal_error": ("choice", "must be {expected}"),
}
_NO_OBJECT = ("model_type", "model_attributes_type", "dict_type")


def field_errors(error: ValidationError, model: type[BaseModel]) -> list[FieldError]:
    """Turn pydantic's findings about a ``model`` into ours: each wrong field once, as a dotted path."""
    found: dict[str, FieldError] = {}
    for details in error.errors(include_url=False, include_context=True):
        one = _field_error(details, model)
        found.setdefault(one.field, one)
    return list(found.values())


def not_json(error: ValidationError) -> str | None:
    """Return what the parser complains of where the text is no JSON at all; None where it is."""
    first = error.errors(include_url=False)[0]
    return first["msg"] if first["type"] == "json_invalid" else None


def wrong_fields(errors: Iterable[FieldError]) -> set[str]:
    """Return the top-level fields that ``errors`` are about."""
    return {error.field.partition(".")[0] for error in errors}


def _field_error(details: ErrorDetails, model: type[BaseModel]) -> FieldError:
    location, kind = details["loc"], details["type"]
    path, inner = _path(location, model)
    field = ".".join(path)
    if kind == "extra_forbidden":
        return FieldError(field, "unknown_key", _unknown_key(path[-1], list(inner.model_fields)))
    if kind in _NO_OBJECT:
        return FieldError(field or WHOLE, "type", "must be a JSON object")
    # What our own validators raise has its code and its words already.
    code, words = _WORDS.get(kind, (kind, ""))
    return FieldError(field, code, words.format(**details.get("ctx", {})) or details["msg"])


def _path(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[list[str], type[BaseModel]]:
    """Return the names that lead to a wrong field, and the innermost model on the way.

    After a field come the fields of the model that it holds, positions in its list, fields of what stands there, and
    pydantic's names for alternatives, which mean nothing outside.
    """
    path: list[str] = []
    holder: type[BaseModel] | None = model
    for i, step in enumerate(location):
        if holder is not None:
            model = holder
        if holder is not None or isinstance(step, int) or isinstance(location[i - 1], int):
            path.append(str(step))
        known = None if holder is None else holder.model_fields.get(str(step))
        annotation = None if known is None else known.annotation
        holder = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    return path, model


def _unknown_key(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"there is no such key; did you mean {near[0]!r}?"
    return f"there is no such key; there are {', '.join(known)}" if known else "there is no such key"
