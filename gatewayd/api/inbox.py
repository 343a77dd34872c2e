"""`/v1/inbox`: what was received."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.bounds import from_url, number, period
from gatewayd.api.export import wants_csv
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_query
from gatewayd.api.wire.inbox_out import InboxPageOut, ReceivedOut, received_out
from gatewayd.api.wire.query import ReceivedQuery
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.paging import decode_cursor, encode_cursor
from gatewayd.http.streaming import CSV, StreamedResponse, csv_lines
from gatewayd.queue.inbox import InboxQuery, ReceivedMessage
from gatewayd.queue.keywords import Wish

COLUMNS = (
    "id",
    "received_at",
    "sent_at",
    "modem",
    "sim",
    "sender",
    "keyword",
    "encoding",
    "parts",
    "missing",
    "text",
)


async def list_inbox(call: Call) -> Response:
    """Answer with a page of the inbox, or stream all of it as CSV."""
    query = _search(call)
    if wants_csv(call.request):
        pieces = _pieces(call.services.queue.inbox.export(query))
        return StreamedResponse(pieces, CSV, {"content-disposition": 'attachment; filename="inbox.csv"'})
    page = await call.services.queue.inbox.find(query)
    out: InboxPageOut = {
        "messages": [received_out(message) for message in page.messages],
        "next": None if page.next is None else encode_cursor(*page.next),
    }
    return json_response(out)


async def show_received(call: Call) -> Response:
    """Answer with one received message."""
    return json_response(received_out(await call.services.queue.inbox.message(call.path["id"])))


def _search(call: Call) -> InboxQuery:
    asked = read_query(call.request, ReceivedQuery)
    errors: list[FieldError] = []
    since, until = period(asked.since, asked.until, call.services.settings.zone, errors)
    if errors:
        raise InvalidRequest(errors)
    return InboxQuery(
        since=since,
        until=until,
        sender=_sender(asked.sender, call.services.region),
        text=asked.q,
        keyword=None if asked.keyword is None else Wish(asked.keyword),
        limit=asked.limit,
        after=None if asked.cursor is None else decode_cursor(asked.cursor),
    )


def _sender(written: str | None, region: str) -> str | None:
    """Return a sender as it is kept: a number in E.164; a name, or what is no number, as it is written."""
    if written is None:
        return None
    return number("sender", written, region, []) or from_url(written)


async def _pieces(pages: AsyncIterator[list[ReceivedMessage]]) -> AsyncGenerator[bytes, None]:
    yield csv_lines([COLUMNS])
    async for page in pages:
        yield csv_lines([_cell(getattr(message, column)) for column in COLUMNS] for message in page)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


OPERATIONS = (
    Operation(
        "GET",
        "/v1/inbox",
        list_inbox,
        "Search what was received, newest first",
        {
            200: Answer(
                "One page.",
                InboxPageOut,
                also={"text/csv": "With `Accept: text/csv`: everything that was found, `limit` left aside."},
            )
        },
        description="Received messages belong to no client: whoever may read the inbox reads all of it.",
        scope=Scope.INBOX,
        query=ReceivedQuery,
    ),
    Operation(
        "GET",
        "/v1/inbox/{id}",
        show_received,
        "Show a received message",
        {200: Answer("The message.", ReceivedOut)},
        scope=Scope.INBOX,
        problems={404: "There is no such received message."},
    ),
)
