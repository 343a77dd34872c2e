"""Errors as RFC 9457 documents (`application/problem+json`), with ``errors: [{field, code, message}]``.

``code`` is the word that programs rely on; ``title`` and ``detail`` are for people. What is not meant for the client,
such as what exactly is defective in us, stays in the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gatewayd.errors import (
    Conflict,
    FieldError,
    GatewaydError,
    InvalidRequest,
    LimitReached,
    NotFound,
    PreconditionFailed,
    SearchTooLong,
    StorageFailed,
    StorageFull,
)

MEDIA_TYPE = "application/problem+json"

#: What an exception class is answered with, itself and its subclasses.
STATUSES: Mapping[type[GatewaydError], int] = {
    InvalidRequest: 422,
    NotFound: 404,
    Conflict: 409,
    PreconditionFailed: 412,
    LimitReached: 429,
    SearchTooLong: 503,
    StorageFull: 507,
    StorageFailed: 503,
}

_Handler = Callable[[Request, Exception], Awaitable[Response]]

_CODES = {404: "not_found", 405: "method_not_allowed"}


class BadRequest(GatewaydError):
    """The request can't be understood."""

    code = "bad_request"
    status: ClassVar[int] = 400


class BadJson(BadRequest):
    """The body is not valid JSON."""

    code = "bad_json"


class BadCursor(BadRequest):
    """The cursor is none that was handed out: take it unchanged from the page before."""

    code = "bad_cursor"


class TooLarge(BadRequest):
    """The body is too large."""

    code = "too_large"
    status = 413


class WrongMediaType(BadRequest):
    """The body's Content-Type is another than those that this call takes."""

    code = "wrong_media_type"
    status = 415


def problem(
    status: int,
    code: str,
    detail: str | None = None,
    *,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as an answer; its title is the status's own phrase."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": _phrase(status),
        "status": status,
        "code": code,
    }
    if detail:
        document["detail"] = detail
    if listed := [{"field": e.field, "code": e.code, "message": e.message} for e in errors]:
        document["errors"] = listed
    return Response(to_json(document), status, headers, MEDIA_TYPE)


def defect() -> Response:
    """The answer where we are to blame: 500, and nothing about the inside."""
    return problem(500, "internal", "gatewayd has a defect here; its log says more under this request's id.")


def exception_handlers(statuses: Mapping[type[GatewaydError], int] | None = None) -> dict[Any, _Handler]:
    """Starlette's ``exception_handlers``: gatewayd's own errors and Starlette's, as problems.

    Args:
        statuses: what further classes are answered with, in addition to ``STATUSES`` and ``BadRequest`` s own.
            One that is in neither is a defect.
    """
    known = {**STATUSES, **(statuses or {})}

    async def on_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, GatewaydError)  # noqa: S101 - what it is registered for
        status = error.status if isinstance(error, BadRequest) else _lookup(known, error)
        errors = error.errors if isinstance(error, InvalidRequest) else ()
        headers = _HEADERS.get(status)
        if isinstance(error, LimitReached):
            headers = {"retry-after": str(error.retry_after)}
        return problem(status, error.code, str(error), errors=errors, headers=headers)

    return {GatewaydError: on_error, HTTPException: _on_http_exception}


#: RFC 9110 §11.6.1 (a 401 names the scheme) and §15.6.4.
_HEADERS = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "5"}, 507: {"retry-after": "60"}}


async def _on_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    code = _CODES.get(error.status_code) or _phrase(error.status_code).lower().replace(" ", "_")
    detail = None if error.detail == _phrase(error.status_code) else error.detail
    return problem(error.status_code, code, detail, headers=error.headers)


def _lookup(known: Mapping[type[GatewaydError], int], error: GatewaydError) -> int:
    for parent in type(error).__mro__:
        if parent in known:
            return known[parent]
    # Nobody said how to answer it: to the log with it, as any other defect.
    raise error


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
