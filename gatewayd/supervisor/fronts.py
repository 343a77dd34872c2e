"""What answers over TCP: the API, and beside it the pages for people."""

from __future__ import annotations

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
