"""The API as one ASGI application, made from the route table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from gatewayd.access.scopes import Scope
from gatewayd.access.service import Unauthenticated
from gatewayd.api import (
    alerts,
    audit,
    batches,
    clients,
    deadletters,
    erasures,
    events,
    inbox,
    messages,
    modems,
    openapi,
    optouts,
    people,
    probes,
    queue,
    templates,
    tokens,
    types,
    webhooks,
)
from gatewayd.api.answering import json_response
from gatewayd.api.compat import speaking
from gatewayd.api.compat.settings import CompatSettings
from gatewayd.api.guard import Forbidden, authorize, require
from gatewayd.api.operation import NOBODY, Answer, Call, Dialect, Operation, Services
from gatewayd.api.reading import read_query
from gatewayd.api.wire.query import NoQuery
from gatewayd.batches.approval import ApproverRequired, RoleRequired, SelfApproval
from gatewayd.errors import GatewaydError
from gatewayd.http.middleware import RequestMiddleware
from gatewayd.http.problems import exception_handlers

_STATUSES = {
    Unauthenticated: 401,
    Forbidden: 403,
    ApproverRequired: 403,
    RoleRequired: 403,
    SelfApproval: 403,
}


def create_app(services: Services, *, administration: bool = True) -> Starlette:
    """Make the application that answers with ``services``; without ``administration`` what needs that is not there."""
    operations = all_operations(
        open_metrics=services.settings.open_metrics, administration=administration, compat=services.compat
    )
    app = Starlette(
        routes=list(_routes(operations, services)),
        exception_handlers=exception_handlers(_STATUSES),
        middleware=[Middleware(RequestMiddleware)],
    )
    # A redirect would carry the client, and its token, to whatever host the request's Host names.
    app.router.redirect_slashes = False
    return app


def all_operations(
    *, open_metrics: bool, administration: bool = True, compat: CompatSettings | None = None
) -> tuple[Operation, ...]:
    """Return the whole route table.

    Args:
        open_metrics: whether `/metrics` needs no token.
        administration: whether that is in it which needs the scope ``admin``.
        compat: which APIs of others are in it; None: none.
    """
    rows: tuple[Operation, ...] = (
        # First what is called most: routes are tried in order.
        *messages.OPERATIONS,
        *events.OPERATIONS,
        *inbox.OPERATIONS,
        *modems.OPERATIONS,
        *queue.OPERATIONS,
        *optouts.OPERATIONS,
        *erasures.OPERATIONS,
        *batches.OPERATIONS,
        *templates.OPERATIONS,
        *types.OPERATIONS,
        *webhooks.OPERATIONS,
        *deadletters.OPERATIONS,
        *alerts.OPERATIONS,
        *clients.OPERATIONS,
        *tokens.OPERATIONS,
        *people.OPERATIONS,
        *audit.OPERATIONS,
        *probes.operations(open_metrics=open_metrics),
        *speaking.operations(compat or CompatSettings()),
    )
    if not administration:
        rows = tuple(row for row in rows if row.scope is not Scope.ADMIN)
    return (*rows, _describing(rows))


def _describing(rows: tuple[Operation, ...]) -> Operation:
    """Return the operation that answers with the OpenAPI document, made when it is first asked for."""
    cached: list[Response] = []

    async def describe(_call: Call) -> Response:
        if not cached:
            cached.append(json_response(openapi.document((*rows, operation))))
        return cached[0]

    operation = Operation(
        "GET",
        "/openapi.json",
        describe,
        "Read this document",
        {200: Answer("OpenAPI 3.1.", dict[str, object])},
    )
    return operation


def _routes(operations: Iterable[Operation], services: Services) -> Iterable[Route]:
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    for path, methods in paths.items():
        yield Route(path, Resource(methods, services), methods=list(methods))


class Resource:
    """All methods of one path. A plain ASGI application: Starlette's own wrapping of functions costs more."""

    def __init__(self, methods: Mapping[str, Operation], services: Services) -> None:
        self._methods = dict(methods)
        if "GET" in self._methods:
            self._methods.setdefault("HEAD", self._methods["GET"])
        self._services = services
        self._origins = services.settings.origins

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        operation = self._methods[scope["method"]]
        request = Request(scope, receive, send)
        if operation.dialect is not None:
            response = await self._answer_in(operation.dialect, operation, request)
            await response(scope, receive, send)
            return
        principal = NOBODY
        if operation.scope is not None:
            principal = await authorize(request, self._services.access, operation.scope, self._origins)
        if operation.query is None and scope["query_string"]:
            read_query(request, NoQuery)
        response = await operation.handler(Call(request, principal, self._services))
        await response(scope, receive, send)

    async def _answer_in(self, dialect: Dialect, operation: Operation, request: Request) -> Response:
        """Return the answer to a call of an API that others designed, in its manners."""
        principal = NOBODY
        try:
            if operation.scope is not None:
                principal = await dialect.identify(request, self._services)
                require(principal, operation.scope)
            return await operation.handler(Call(request, principal, self._services))
        except GatewaydError as error:
            return dialect.refuse(error)
