"""What templates are filled with: fields that have a type, and the values for them. Pure.

A value that is missing or isn't what its field wants is refused, and never left out of the text in silence.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from gatewayd import phone
from gatewayd.errors import FieldError

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
#: Words of the language of templates itself.
RESERVED = frozenset({"loop", "range", "true", "false", "none", "True", "False", "None", "self"})
MAX_FIELDS = 50
MAX_LENGTH = 1000
DEFAULT_LENGTH = 160
MAX_CHOICES = 100

_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,10})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

Raw = str | int | float | bool | None
"""A value as it comes in JSON, or as a cell of a CSV."""
Value = str | Decimal | date | datetime
"""A value as templates see it."""


class FieldType(enum.StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    PHONE = "phone"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a template is filled with."""

    name: str
    type: FieldType = FieldType.TEXT
    required: bool = True
    """Otherwise it may be left out, and is empty then."""
    max_length: int = DEFAULT_LENGTH
    """Characters of a text."""
    choices: tuple[str, ...] = ()
    example: str | None = None
    """A value to try the template with, as a person would write it."""


def definition_errors(fields: Sequence[Field], region: str) -> list[FieldError]:
    """What is wrong with the definitions of fields."""
    errors: list[FieldError] = []
    seen: set[str] = set()
    if len(fields) > MAX_FIELDS:
        errors.append(FieldError("fields", "too_many", f"must have at most {MAX_FIELDS} entries"))
    for position, field in enumerate(fields):
        where = f"fields.{position}"
        if not NAME.fullmatch(field.name) or field.name in RESERVED:
            words = "must be a word of up to 40 letters without accents, digits and _, and none of the template's own"
            errors.append(FieldError(f"{where}.name", "format", words))
        elif field.name in seen:
            errors.append(FieldError(f"{where}.name", "duplicate", f"there is another field {field.name!r}"))
        seen.add(field.name)
        errors += _limit_errors(where, field)
        if field.example is not None:
            _, wrong = read(field, field.example, f"{where}.example", region)
            errors += wrong
    return errors


def _limit_errors(where: str, field: Field) -> list[FieldError]:
    errors = []
    if not 1 <= field.max_length <= MAX_LENGTH:
        errors.append(FieldError(f"{where}.max_length", "range", f"must be 1 to {MAX_LENGTH}"))
    if field.type is FieldType.CHOICE:
        distinct = set(field.choices)
        if not 1 <= len(field.choices) <= MAX_CHOICES or len(distinct) < len(field.choices) or "" in distinct:
            words = f"must have 1 to {MAX_CHOICES} different texts"
            errors.append(FieldError(f"{where}.choices", "required", words))
    elif field.choices:
        errors.append(FieldError(f"{where}.choices", "range", "are only for fields of type choice"))
    return errors


def read_all(
    fields: Iterable[Field], given: Mapping[str, Raw], region: str, *, prefix: str = "fields."
) -> tuple[dict[str, Value], list[FieldError]]:
    """The values as templates see them, and everything that is wrong with those that were given.

    Args:
        fields: what there must or may be.
        given: by name of field.
        region: ISO 3166 code of the country of telephone numbers without +; ``ZZ``: none.
        prefix: what stands before a field's name in an error.
    """
    values: dict[str, Value] = {}
    errors: list[FieldError] = []
    known = set()
    for field in fields:
        known.add(field.name)
        value, wrong = read(field, given.get(field.name), prefix + field.name, region)
        values[field.name] = value
        errors += wrong
    for name in given:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            errors.append(
                FieldError(prefix + name, "unknown_key", f"there is no such field; there are: {there}")
            )
    return values, errors


def read(field: Field, raw: Raw, where: str, region: str) -> tuple[Value, list[FieldError]]:
    """One value, and what is wrong with it; an optional one that is left out is an empty text."""
    if isinstance(raw, bool):
        return "", [FieldError(where, "type", "must be text or a number")]
    text = "" if raw is None else str(raw).strip()
    if not text:
        return "", [FieldError(where, "required", "is required")] if field.required else []
    try:
        return _READERS[field.type](field, text, region), []
    except _Wrong as wrong:
        return "", [FieldError(where, wrong.code, str(wrong))]


class _Wrong(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _text(field: Field, text: str, _region: str) -> str:
    if len(text) > field.max_length:
        raise _Wrong("too_long", f"must have at most {field.max_length} characters")
    return text


def _number(_field: Field, text: str, _region: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        # 5.000 is five in one country and five thousand in another: nothing that could be either is taken.
        raise _Wrong("format", "must be a number such as 1234.5, with a point and nothing between thousands")
    return Decimal(text)


def _date(_field: Field, text: str, _region: str) -> date:
    if not _DATE.fullmatch(text):
        raise _Wrong("format", "must be a date such as 2026-12-31")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Wrong("range", "there is no such day in the calendar") from None


def _datetime(_field: Field, text: str, _region: str) -> datetime:
    if not _DATETIME.fullmatch(text):
        raise _Wrong("format", "must be a date and time with its offset, such as 2026-12-31T18:00:00-03:00")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong("range", "there is no such date or time in the calendar") from None


def _phone(_field: Field, text: str, region: str) -> str:
    try:
        return phone.parse(text, region).e164
    except phone.PhoneError as error:
        raise _Wrong(error.code, str(error)) from None


def _choice(field: Field, text: str, _region: str) -> str:
    if text not in field.choices:
        raise _Wrong("choice", f"must be one of {', '.join(field.choices)}")
    return text


_READERS: dict[FieldType, Callable[[Field, str, str], Value]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.PHONE: _phone,
    FieldType.CHOICE: _choice,
}
