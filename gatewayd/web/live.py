"""What has changed, as server-sent events: one word each, and the parts of a page that show it fetch themselves anew.

A word says of what kind the news are (``messages``, ``modems``, ``inbox``), never what they are: so the stream needs no
permissions of its own, and a page shows the same whether it was told or looked by itself.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

import trio
from starlette.responses import Response

from gatewayd.access.people.errors import NotSignedIn
from gatewayd.http.streaming import StreamedResponse
from gatewayd.web.cookies import session_token
from gatewayd.web.page import Page, Visit

#: Seconds between two words of one kind: a busy queue changes a hundred times a second, and nobody reads that fast.
_CALM: Final = 1.0
#: Seconds after which something is sent in any case, so that proxies keep the connection, and the session is looked at.
_PULSE: Final = 15.0
_AT_ONCE: Final = 500

_KINDS: Final = {"message": "messages", "batch": "messages", "modem": "modems", "inbox": "inbox"}


async def stream(visit: Visit) -> Response:
    """GET /admin/live."""
    return StreamedResponse(
        _words(visit), "text/event-stream", {"cache-control": "no-store", "x-accel-buffering": "no"}
    )


async def _words(visit: Visit) -> AsyncGenerator[bytes, None]:
    feed = visit.services.feed
    token = session_token(visit.request) or ""
    cursor = await feed.last()
    with feed.watching() as news:
        yield b"retry: 5000\n\n"
        while True:
            with trio.move_on_after(_PULSE):
                await news.wait()
            try:
                await visit.services.people.session_of(token, seen=False)
            except NotSignedIn:
                return
            page = await feed.page(cursor, _AT_ONCE)
            cursor = max(page.next, await feed.last()) if len(page.events) == _AT_ONCE else page.next
            kinds = {_KINDS[word] for event in page.events if (word := event.kind.split(".")[0]) in _KINDS}
            yield "".join(f"data: {kind}\n\n" for kind in sorted(kinds)).encode() or b": still here\n\n"
            await trio.sleep(_CALM)


PAGES = (Page("GET", "/live", stream),)
