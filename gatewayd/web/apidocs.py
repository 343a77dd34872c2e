"""The API's own page: its document in a viewer, for people who write applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gatewayd.web.page import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

#: The viewer writes style attributes; scripts still come from here alone.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


async def show(visit: Visit) -> Response:
    """GET /docs."""
    response = visit.render("apidocs.html")
    response.headers["content-security-policy"] = _POLICY
    return response


PAGES = (Page("GET", "/docs", show, open=True),)
