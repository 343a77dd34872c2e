"""Says what is wrong with a request, and what would be right, in the API's own words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gatewayd.errors import FieldError

#: The whole body or query, where no single field is to blame.
WHOLE = ""

_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_key",
    "string_too_short": "required",
    "string_too_long": "too_long",
    "too_short": "required",
    "too_long": "too_many",
    "literal_error": "choice",
    "enum": "choice",
    "string_pattern_mismatch": "format",
    "string_unicode": "format",
    "greater_than_equal": "range",
    "less_than_equal": "range",
    "int_parsing": "type",
    "bool_parsing": "type",
}


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
    # After the field come positions in its list, and pydantic's names for alternatives, which mean nothing outside.
    path = [str(step) for i, step in enumerate(location) if i == 0 or isinstance(step, int)]
    field = ".".join(path)
    if kind == "extra_forbidden":
        return FieldError(field, "unknown_key", _unknown_key(field, list(model.model_fields)))
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return FieldError(WHOLE, "type", "must be a JSON object")
    return FieldError(field, _code(kind), _message(details))


def _code(kind: str) -> str:
    if kind in _CODES:
        return _CODES[kind]
    return "type" if kind.endswith("_type") else kind


def _message(details: ErrorDetails) -> str:
    match details["type"]:
        case "missing":
            return "is required"
        case "string_too_short":
            return "must not be empty"
        case "string_unicode":
            return "must be Unicode text: half of a surrogate pair is none"
        case _:
            return details["msg"].replace("Input should be", "must be", 1)


def _unknown_key(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"there is no such key; did you mean {near[0]!r}?"
    return f"there is no such key; there are {', '.join(known)}"
