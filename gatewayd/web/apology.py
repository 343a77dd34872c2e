"""What is shown where a page has a defect: as little as can fail, in the visitor's language."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from gatewayd.web.formats import Formats
from gatewayd.web.page import Visit
from gatewayd.web.rendering import Renderer
from gatewayd.web.services import Services
from gatewayd.web.texts import Tongues


class Apology:
    """Answers 500 with a page that knows nothing of who asks: neither session nor database is looked at.

    An ASGI application.
    """

    def __init__(self, services: Services, renderer: Renderer, tongues: Tongues) -> None:
        self._services = services
        self._renderer = renderer
        self._tongues = tongues

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Apologise."""
        request = Request(scope, receive, send)
        tongue = await self._tongues.wanted(request.headers.get("accept-language"))
        visit = Visit(request, self._services, Formats(tongue, self._services.zone), None, self._renderer)
        response = visit.render(
            "problem.html",
            status=500,
            heading=visit.say("Something went wrong here"),
            text=visit.say("This is a defect of gatewayd; its log says more about it."),
        )
        await response(scope, receive, send)
