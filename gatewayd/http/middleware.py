"""What surrounds every request: its id, its line in the log, its count, and headers that browsers heed.

Add it to Starlette's ``middleware``, so that it lies inside Starlette's own outermost layer and sees a defect first.
"""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatewayd.http.connection import ClientGone
from gatewayd.http.metrics import children
from gatewayd.http.problems import defect
from gatewayd.log import get_logger

_log = get_logger("gatewayd.http")

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: nginx's number for a client that did not wait for its answer; it never goes over the wire.
_CLIENT_GONE = 499

_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # For what is no page; pages say what they need.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
#: Browsers stay with TLS for two years after each answer over it (RFC 6797).
_OVER_TLS = (*_SECURITY, (b"strict-transport-security", b"max-age=63072000; includeSubDomains"))


class RequestMiddleware:
    """The outermost layer of an application.

    A request's id is its ``X-Request-ID`` where that is a word of up to 64 letters, digits, ``.``, ``_`` and ``-``,
    otherwise a new one; it is in the answer's ``X-Request-ID`` and in each log line of that request. Logged (what
    succeeds at level debug) are method, route and status, never paths or parameters: they hold numbers and words out
    of messages.
    """

    def __init__(self, app: ASGIApp, apology: ASGIApp | None = None) -> None:
        """``apology`` answers where the application has a defect: with a 500, and whatever else fails."""
        self._app = app
        self._apology = apology or defect()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        request_id = _request_id(scope)
        structlog.contextvars.bind_contextvars(request_id=request_id.decode())
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_headers(message["headers"], request_id, scope)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except (ClientGone, ClientDisconnect):
            status = _CLIENT_GONE
        except Exception:  # noqa: BLE001 - a defect in one handler is answered 500; the modems work on
            _log.exception("http.defect", route=_route(scope))
            # Where the answer had begun, returning without its end lets the server cut the connection.
            if not status:
                await self._apology(scope, receive, send_with_headers)
            status = 500
        _record(scope, status, time.perf_counter() - begin)


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return bytes(value)
    return secrets.token_hex(8).encode()


def _with_headers(
    headers: list[tuple[bytes, bytes]], request_id: bytes, scope: Scope
) -> list[tuple[bytes, bytes]]:
    said = {name for name, _ in headers}
    ours = _OVER_TLS if scope["scheme"] == "https" else _SECURITY
    return [*headers, (b"x-request-id", request_id), *(pair for pair in ours if pair[0] not in said)]


def _route(scope: Scope) -> str:
    """The route's pattern (``/v1/messages/{id}``), with what it is mounted under."""
    path = getattr(scope.get("route"), "path", None)
    return "unmatched" if path is None else f"{scope.get('root_path', '')}{path}"


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = _route(scope)
    method = scope["method"] if scope["method"] in _METHODS else "other"
    count, duration = children(method, route, status)
    count.inc()
    duration.observe(seconds)
    # What succeeds is counted above and, where it changes anything, has its event and its audit in the database.
    log = _log.debug if status < 400 else _log.info
    log("http.request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
