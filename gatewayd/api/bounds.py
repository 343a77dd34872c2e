"""What searches have in common: a period in the configured time zone, and a number as people write it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gatewayd import phone
from gatewayd.errors import FieldError


def period(
    since: datetime | date | None, until: datetime | date | None, zone: ZoneInfo, errors: list[FieldError]
) -> tuple[datetime | None, datetime | None]:
    """Return from when (inclusive) and until when (exclusive); a wrong period is added to ``errors``.

    Days are whole days in ``zone``, and both belong to the period; moments bound it as they are.
    """
    start, end = _start(since, zone), _end(until, zone)
    if start is not None and end is not None and end <= start:
        errors.append(FieldError("until", "period_inverted", "must lie after `since`"))
    return start, end


def from_url(number: str) -> str:
    """Return a number as it was meant: in a URL a bare + is a space, and nobody's number begins with one."""
    return f"+{number[1:]}" if number.startswith(" ") else number


def number(field: str, written: str | None, region: str, errors: list[FieldError]) -> str | None:
    """Return a recipient's number as E.164; what is wrong with it is added to ``errors``."""
    if written is None:
        return None
    try:
        return phone.parse(from_url(written), region).e164
    except phone.PhoneError as error:
        errors.append(FieldError(field, error.code, str(error)))
        return None


def _start(bound: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    if bound is None or isinstance(bound, datetime):
        return bound
    return datetime.combine(bound, time.min, zone).astimezone(UTC)


def _end(bound: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    if bound is None or isinstance(bound, datetime):
        return bound
    return _start(bound + timedelta(days=1), zone)
