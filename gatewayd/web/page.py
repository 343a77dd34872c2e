"""One row of the pages' route table, and what its handler is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gatewayd.access.people.view import SessionView
from gatewayd.access.roles import Permission
from gatewayd.access.scopes import Principal
from gatewayd.errors import GatewaydError
from gatewayd.web import faults
from gatewayd.web.formats import Formats
from gatewayd.web.rendering import Renderer
from gatewayd.web.services import Services


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page, by somebody who may make it."""

    request: Request
    services: Services
    formats: Formats
    """The visitor's language and time zone."""
    session: SessionView | None
    """None on the few pages that are open to all."""
    renderer: Renderer

    @property
    def person(self) -> Principal:
        """Who is there. Only on pages that need somebody."""
        return self.signed_in.principal

    @property
    def path(self) -> Mapping[str, str]:
        """What stands in the places of ``{…}`` in the page's path."""
        params: dict[str, str] = self.request.path_params
        return params

    def may(self, permission: Permission) -> bool:
        """Whether the visitor may do that."""
        return self.session is not None and self.session.principal.can(permission)

    def say(self, text: str, **values: object) -> str:
        """``text`` in the visitor's language, with ``%(name)s`` filled in."""
        said = self.formats.tongue.say(text)
        return said % values if values else said

    def excuse(self, refusal: GatewaydError) -> str:
        """Why something was not done, in the visitor's language."""
        return faults.excuse(self.formats.tongue, refusal)

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page, or with a template whose name begins with ``_`` a part of one."""
        return self.renderer.response(self, template, status, context)

    @property
    def signed_in(self) -> SessionView:
        """The visitor's session. Only on pages that need one."""
        assert self.session is not None  # noqa: S101 - the guard lets nobody else in
        return self.session

    @staticmethod
    def local(path: str) -> str:
        """``path`` where it is a page of ours, otherwise the overview: nobody is sent on to another site."""
        ours = path.startswith("/admin/") and "\\" not in path and path.isprintable()
        return path if ours else "/admin/"

    def go(self, path: str) -> Response:
        """Go on to another page after a form was taken (303: with GET)."""
        if "hx-request" in self.request.headers:
            return Response(status_code=204, headers={"hx-redirect": path})
        return RedirectResponse(path, 303)


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One method on one path under ``/admin``."""

    method: str
    path: str
    handler: Handler
    permission: Permission | None = None
    """What it takes to come here; None: to be signed in."""
    open: bool = False
    """Whether it is for those, too, who are not signed in."""
    upload: bool = False
    """Whether its form brings a file."""
