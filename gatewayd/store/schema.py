"""What every table definition starts from: one ``metadata`` and the column types that the engines lack."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

#: Names for constraints that nobody names, so that a migration can speak of them on any engine.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: Every package's ``tables.py`` adds its tables here.
metadata = MetaData(naming_convention=NAMING_CONVENTION)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(value: datetime) -> int:
    """Microseconds from the epoch to an aware ``value``, exactly. Raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError(f"a time without a time zone can't be stored: {value!r}")
    # Floats would round: timedelta // timedelta is integer arithmetic throughout.
    return (value - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The aware UTC time that many microseconds after the epoch."""
    return _EPOCH + timedelta(microseconds=value)


def _bind(value: datetime | None) -> int | None:
    return None if value is None else to_microseconds(value)


def _result(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as an integer: microseconds since 1970-01-01T00:00Z. Sorts and compares as such.

    Any time zone may go in, UTC comes out. Naive values are refused with a ValueError.
    """

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:  # noqa: ARG002 - its signature
        """Return the function that turns a datetime into the stored integer."""
        return _bind

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """Return the function that turns a stored integer into a datetime."""
        return _result

    @property
    def python_type(self) -> type[datetime]:
        """What comes out."""
        return datetime
