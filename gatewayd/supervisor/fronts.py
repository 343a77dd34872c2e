"""What answers over TCP: the API, and beside it the pages for people."""

from __future__ import annotations

from collections.abc import Callable

import trio
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_PAGES = "/admin"


def with_pages(api: ASGIApp, pages: ASGIApp) -> ASGIApp:
    """``api`` with ``pages`` under ``/admin`` and ``/docs``; somebody who types the bare address comes to the pages."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith(f"{_PAGES}/") or path == "/docs":
            await pages(scope, receive, send)
        elif path in ("/", _PAGES):
            await RedirectResponse(f"{_PAGES}/", 303)(scope, receive, send)
        else:
            await api(scope, receive, send)

    return front


def on_demand(make: Callable[[], ASGIApp]) -> ASGIApp:
    """The application that ``make`` makes when somebody first comes to it.

    The pages take tens of megabytes with their templates and languages, which a gateway without visitors need not
    hold. They are loaded on a thread: the modems work on meanwhile.
    """
    made: list[ASGIApp] = []
    making = trio.Lock()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if not made:
            async with making:
                if not made:
                    made.append(await trio.to_thread.run_sync(make))
        await made[0](scope, receive, send)

    return application
