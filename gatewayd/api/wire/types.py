"""The types that several requests share."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|z|[+-]\d\d:\d\d)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# A day and its time zone must leave room for the day before and after.
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)


def parse_instant(value: Any) -> datetime:
    """Read an RFC 3339 date and time; the offset from UTC is required, since a guess may be an hour off."""
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("format", "must be a date and time such as 2026-01-31T08:00:00+01:00")
    if match[1] is None:
        raise PydanticCustomError("format", "must end in Z or an offset from UTC such as +01:00")
    try:
        # UTC at once: what follows then neither compares nor stores different zones.
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("range", "there is no such date or time in the calendar") from None


def parse_instant_or_date(value: Any) -> datetime | date:
    """Read an RFC 3339 date and time, or a date alone."""
    if not (isinstance(value, str) and _DATE.fullmatch(value)):
        if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
            raise PydanticCustomError(
                "format",
                "must be a day such as 2026-01-31, or a date and time such as 2026-01-31T08:00:00+01:00",
            )
        return parse_instant(value)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("range", "there is no such day in the calendar") from None
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise PydanticCustomError("range", "must lie between the years 1970 and 9998")
    return day


Instant = Annotated[
    datetime, PlainValidator(parse_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
InstantOrDate = Annotated[
    datetime | date,
    PlainValidator(parse_instant_or_date),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}),
]
Reason = Annotated[str, Field(min_length=1, max_length=500, description="Why, for the audit.")]


class Incoming(BaseModel):
    """What every request's model starts from: a key that nobody knows is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")
