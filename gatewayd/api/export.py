"""The history as CSV, streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from gatewayd.http.streaming import CSV, StreamedResponse, csv_lines
from gatewayd.queue.view import MessageView

COLUMNS = (
    "id",
    "client",
    "to",
    "type",
    "state",
    "priority",
    "created_at",
    "sent_at",
    "delivered_at",
    "parts",
    "parts_sent",
    "modem",
    "reference",
    "error",
    "error_text",
    "text",
    "erased",
)


def wants_csv(request: Request) -> bool:
    """Whether the client asks for CSV rather than JSON."""
    return "text/csv" in request.headers.get("accept", "")


async def csv_response(pages: AsyncIterator[list[MessageView]]) -> Response:
    """Answer with all ``pages``, as they come.

    Raises what finding the first of them raises; a later failure can only cut the answer.
    """
    first = await anext(pages)
    return StreamedResponse(
        _pieces(first, pages), CSV, {"content-disposition": 'attachment; filename="messages.csv"'}
    )


async def _pieces(
    first: list[MessageView], pages: AsyncIterator[list[MessageView]]
) -> AsyncGenerator[bytes, None]:
    yield csv_lines([COLUMNS])
    yield csv_lines(_row(view) for view in first)
    async for page in pages:
        yield csv_lines(_row(view) for view in page)


def _row(view: MessageView) -> list[str]:
    return [
        view.id,
        view.client,
        view.to,
        view.type,
        view.state,
        view.priority.label,
        _moment(view.created_at),
        _moment(view.sent_at),
        _moment(view.delivered_at),
        str(view.parts),
        str(view.parts_sent),
        view.modem or "",
        view.reference or "",
        view.error or "",
        view.error_text or "",
        view.text or "",
        "yes" if view.erased else "no",
    ]


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
