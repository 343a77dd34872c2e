"""From the parameters of a search to the queue's own terms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gatewayd import phone
from gatewayd.api.operation import Call
from gatewayd.api.reading import read_query
from gatewayd.api.wire.query import MessageQuery
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.paging import decode_cursor
from gatewayd.message import State
from gatewayd.queue.view import Query


def search(call: Call) -> Query:
    """Return what to look for. Raises InvalidRequest, naming every wrong parameter, and BadCursor.

    Days are whole days in the configured time zone, and both bounds are part of the period; moments bound it from
    (inclusive) and until (exclusive).
    """
    asked = read_query(call.request, MessageQuery)
    zone = call.services.settings.zone
    errors: list[FieldError] = []
    since, until = _start(asked.since, zone), _end(asked.until, zone)
    if since is not None and until is not None and until <= since:
        errors.append(FieldError("until", "period_inverted", "must lie after `since`"))
    recipient = _recipient(asked.recipient, call.services.region, errors)
    if errors:
        raise InvalidRequest(errors)
    return Query(
        client_id=call.principal.sees,
        client=asked.client,
        since=since,
        until=until,
        status=asked.status,
        states=tuple(State(name) for name in asked.state),
        type=asked.type,
        recipient=recipient,
        reference=asked.reference,
        text=asked.q,
        limit=asked.limit,
        after=None if asked.cursor is None else decode_cursor(asked.cursor),
    )


def _recipient(number: str | None, region: str, errors: list[FieldError]) -> str | None:
    if number is None:
        return None
    # In a URL a bare + means a space; nobody looks for a number that begins with one.
    written = f"+{number[1:]}" if number.startswith(" ") else number
    try:
        return phone.parse(written, region).e164
    except phone.PhoneError as error:
        errors.append(FieldError("recipient", error.code, str(error)))
        return None


def _start(bound: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    if bound is None or isinstance(bound, datetime):
        return bound
    return datetime.combine(bound, time.min, zone).astimezone(UTC)


def _end(bound: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    if bound is None or isinstance(bound, datetime):
        return bound
    return _start(bound + timedelta(days=1), zone)
