"""The pages as one ASGI application, made from the route table; each page guarded before its handler sees the visit.

In this order: who is it (the session's cookie), may they (the page's permission), and for what changes something: did a
page of ours send it (the session's token, and what the browser says of where the request comes from).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gatewayd.access.people.errors import NotSignedIn
from gatewayd.access.people.view import Duty, SessionView
from gatewayd.errors import Conflict, NotFound, SearchTooLong
from gatewayd.http.middleware import RequestMiddleware
from gatewayd.http.problems import BadRequest
from gatewayd.web import (
    account,
    apidocs,
    applications,
    assets,
    audit,
    batches,
    compose,
    firststart,
    inbox,
    live,
    message,
    messages,
    modems,
    overview,
    people,
    settingspage,
    signin,
    templatespage,
    typespage,
    webhooks,
)
from gatewayd.web.apology import Apology
from gatewayd.web.cookies import session_token
from gatewayd.web.formats import Formats
from gatewayd.web.forms import read_form
from gatewayd.web.page import Page, Visit
from gatewayd.web.rendering import Renderer
from gatewayd.web.services import Services
from gatewayd.web.texts import Tongue, Tongues

PAGES: Sequence[Page] = (
    *overview.PAGES,
    *compose.PAGES,
    *batches.PAGES,
    *templatespage.PAGES,
    *typespage.PAGES,
    *messages.PAGES,
    *message.PAGES,
    *inbox.PAGES,
    *modems.PAGES,
    *audit.PAGES,
    *settingspage.PAGES,
    *signin.PAGES,
    *applications.PAGES,
    *webhooks.PAGES,
    *people.PAGES,
    *account.PAGES,
    *firststart.PAGES,
    *apidocs.PAGES,
    *live.PAGES,
)

_MIB = 1024 * 1024
_SAFE = frozenset({"GET", "HEAD"})
#: What browsers say of a request that one of our pages, or the address bar, began (W3C Fetch Metadata).
_OWN_SITES = frozenset({"same-origin", "none"})


def create_pages(services: Services) -> Starlette:
    """Make the application that serves ``/admin`` with ``services``."""
    renderer = Renderer()
    tongues = Tongues(services.settings.language)
    paths: dict[str, dict[str, Page]] = {}
    for page in PAGES:
        paths.setdefault(page.path, {})[page.method] = page
    routes = [Route("/admin/static/{digest}/{name:path}", assets.serve)]
    routes += [
        Route(
            path if path == "/docs" else f"/admin{path}",
            Guarded(pages, services, renderer, tongues),
        )
        for path, pages in paths.items()
    ]
    routes.append(Route("/admin/{rest:path}", Guarded({}, services, renderer, tongues)))
    apology = Apology(services, renderer, tongues)
    app = Starlette(routes=routes, middleware=[Middleware(RequestMiddleware, apology)])
    app.router.redirect_slashes = False
    return app


class Guarded:
    """All methods of one path. An ASGI application.

    Args:
        pages: by method; with none of the request's there is nothing here.
        services: what the pages are made of.
        renderer: fills their templates.
        tongues: the languages.
    """

    def __init__(
        self, pages: Mapping[str, Page], services: Services, renderer: Renderer, tongues: Tongues
    ) -> None:
        self._pages = pages
        self._services = services
        self._renderer = renderer
        self._tongues = tongues

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)
        session = await self._session(request)
        visit = Visit(request, self._services, await self._formats(request, session), session, self._renderer)
        response = await self._answer(visit)
        await response(scope, receive, send)

    async def _session(self, request: Request) -> SessionView | None:
        token = session_token(request)
        if token is None:
            return None
        try:
            return await self._services.people.session_of(token)
        except NotSignedIn:
            return None

    async def _formats(self, request: Request, session: SessionView | None) -> Formats:
        return Formats(await self._tongue(request, session), self._services.zone)

    async def _tongue(self, request: Request, session: SessionView | None) -> Tongue:
        if asked := request.query_params.get("language") or request.cookies.get("language"):
            return await self._tongues.get(asked)
        if session is not None:
            return await self._tongues.get(session.person.language)
        return await self._tongues.wanted(request.headers.get("accept-language"))

    async def _answer(self, visit: Visit) -> Response:
        method = "GET" if visit.request.method == "HEAD" else visit.request.method
        page = self._pages.get(method)
        if page is None or not page.open:
            if visit.session is None:
                return _to_sign_in(visit)
            if page is None:
                return nothing_here(visit)
            if refusal := _refusal(visit, page):
                return refusal
        try:
            if method not in _SAFE and not page.open and not await _is_ours(visit, page):
                return not_ours(visit)
            return await page.handler(visit)
        except NotFound:
            return nothing_here(visit)
        except Conflict as conflict:
            return problem(visit, 409, visit.say("This can't be done now"), visit.excuse(conflict))
        except SearchTooLong:
            return problem(
                visit,
                503,
                visit.say("This search takes too long"),
                visit.say("Choose a shorter period, or search by number or reference instead of by words."),
            )
        except BadRequest as error:
            return problem(visit, error.status, visit.say("This can't be read"), str(error))


def _refusal(visit: Visit, page: Page) -> Response | None:
    """Where somebody who is signed in has to go first, or may not go at all."""
    assert visit.session is not None  # noqa: S101 - asked for by the caller
    duties = visit.session.duties
    if duties and not page.path.startswith(("/account", "/sign-out")):
        return visit.go(
            "/admin/account/password" if Duty.PASSWORD in duties else "/admin/account/second-factor"
        )
    if page.permission is not None and not visit.may(page.permission):
        return problem(
            visit,
            403,
            visit.say("This is not for you"),
            visit.say(
                "Your roles don't include what this needs. An administrator can give you one that does."
            ),
        )
    return None


def _to_sign_in(visit: Visit) -> Response:
    if "hx-request" in visit.request.headers:
        return Response(status_code=401, headers={"hx-redirect": "/admin/sign-in"})
    url = visit.request.url
    here = url.path + (f"?{url.query}" if url.query else "")
    wanted = "" if here == "/admin/" or visit.request.method != "GET" else f"?next={quote(here, safe='')}"
    return RedirectResponse(f"/admin/sign-in{wanted}", 303)


async def _is_ours(visit: Visit, page: Page) -> bool:
    """Whether a page of this session sent it: by a header (scripts) or a field (forms)."""
    if visit.request.headers.get("sec-fetch-site", "same-origin") not in _OWN_SITES:
        return False
    token = visit.request.headers.get("x-csrf-token")
    if token is None:
        upload = visit.services.batches.settings.max_mib * _MIB if page.upload else 0
        token = str((await read_form(visit.request, upload=upload)).get("csrf", ""))
    assert visit.session is not None  # noqa: S101 - only pages that need a session come here
    return visit.services.people.is_csrf(visit.session, token)


def nothing_here(visit: Visit) -> Response:
    """404, in words."""
    return problem(
        visit,
        404,
        visit.say("There is nothing here"),
        visit.say("The address may be mistyped, or what it names was removed."),
    )


def not_ours(visit: Visit) -> Response:
    """403 for a form that no page of this session made."""
    return problem(
        visit,
        403,
        visit.say("This form is too old"),
        visit.say(
            "It was made before you signed in, or by another site. Go back, load the page again and repeat it."
        ),
    )


def problem(visit: Visit, status: int, heading: str, text: str) -> Response:
    """A page that says what went wrong."""
    return visit.render("problem.html", status=status, heading=heading, text=text)
