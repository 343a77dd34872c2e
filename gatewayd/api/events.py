"""`/v1/events`: the feed, from a cursor on."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_query
from gatewayd.api.wire.event_out import EventPageOut, event_page_out
from gatewayd.api.wire.query import EventQuery


async def list_events(call: Call) -> Response:
    """Answer with the next page of the feed: the client's own events, or all for an administrator."""
    asked = read_query(call.request, EventQuery)
    page = await call.services.feed.page(asked.after, asked.limit, client_id=call.principal.sees)
    return json_response(event_page_out(page))


OPERATIONS = (
    Operation(
        "GET",
        "/v1/events",
        list_events,
        "Read what happened, oldest first",
        {200: Answer("Some events in a row, and the cursor to go on from.", EventPageOut)},
        description="Numbers have no gaps: whoever has read up to one has read everything of theirs up to it.",
        scope=Scope.READ,
        query=EventQuery,
    ),
)
