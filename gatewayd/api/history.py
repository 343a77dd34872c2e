"""From the parameters of a search to the queue's own terms."""

from __future__ import annotations

from gatewayd.api.bounds import number, period
from gatewayd.api.operation import Call
from gatewayd.api.reading import read_query
from gatewayd.api.wire.query import MessageQuery
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.paging import decode_cursor
from gatewayd.message import State
from gatewayd.queue.view import Query


def search(call: Call) -> Query:
    """Return what to look for. Raises InvalidRequest, naming every wrong parameter, and BadCursor."""
    asked = read_query(call.request, MessageQuery)
    errors: list[FieldError] = []
    since, until = period(asked.since, asked.until, call.services.settings.zone, errors)
    recipient = number("recipient", asked.recipient, call.services.region, errors)
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
