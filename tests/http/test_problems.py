from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatewayd.errors import (
    Conflict,
    FieldError,
    GatewaydError,
    InvalidRequest,
    NotFound,
    SearchTooLong,
    StorageFailed,
    StorageFull,
)
from gatewayd.http.middleware import RequestMiddleware
from gatewayd.http.problems import BadCursor, BadJson, TooLarge, WrongMediaType, exception_handlers
from tests.http.serving import Answer, serving


class NoTokenError(GatewaydError):
    """There is no token."""

    code = "unauthenticated"


class UnforeseenError(GatewaydError):
    """Nobody said how to answer this."""


async def answer_to(error: Exception, path: str = "/", method: str = "GET") -> Answer:
    async def fail(request: Request) -> Response:
        raise error

    app = Starlette(
        routes=[Route("/", fail)],
        exception_handlers=exception_handlers({NoTokenError: 401}),
        middleware=[Middleware(RequestMiddleware)],
    )
    async with serving(app) as running:
        return await (await running.connect()).request(method, path)


def document(answer: Answer) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(answer.body)
    assert found["status"] == answer.status
    return found


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound(), 404, "not_found"),
        (Conflict("already_submitting", "too late"), 409, "already_submitting"),
        (StorageFull(), 507, "storage_full"),
        (SearchTooLong(), 503, "search_too_long"),
        (StorageFailed(), 503, "storage_failed"),
        (BadJson(), 400, "bad_json"),
        (BadCursor(), 400, "bad_cursor"),
        (TooLarge(), 413, "too_large"),
        (WrongMediaType(), 415, "wrong_media_type"),
        (NoTokenError(), 401, "unauthenticated"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_error_of_ours_is_answered_with_its_status_and_code(
    error: GatewaydError, status: int, code: str
) -> None:
    found = document(await answer_to(error))
    assert (found["status"], found["code"], found["detail"]) == (status, code, str(error))
    assert found["type"] == "about:blank"


async def test_invalid_request_names_every_wrong_field() -> None:
    errors = [
        FieldError("to", "required", "is required"),
        FieldError("messages.3.text", "too_long", "is too long"),
    ]
    answer = await answer_to(InvalidRequest(errors))
    assert answer.status == 422
    assert document(answer)["errors"] == [
        {"field": "to", "code": "required", "message": "is required"},
        {"field": "messages.3.text", "code": "too_long", "message": "is too long"},
    ]


async def test_missing_token_names_the_scheme() -> None:
    assert (await answer_to(NoTokenError())).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/nothing", "GET", 404, "not_found"),
        ("/", "DELETE", 405, "method_not_allowed"),
    ],
)
async def test_route_that_does_not_exist_is_a_problem_too(
    path: str, method: str, status: int, code: str
) -> None:
    answer = await answer_to(NotFound(), path, method)
    assert (answer.status, document(answer)["code"]) == (status, code)
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD" or answer.headers["allow"] == "HEAD, GET"


async def test_exception_of_starlette_keeps_its_words() -> None:
    found = document(await answer_to(HTTPException(418, "short and stout")))
    assert (found["code"], found["detail"]) == ("i'm_a_teapot", "short and stout")


@pytest.mark.parametrize("error", [LookupError("secret inside"), UnforeseenError("secret inside")])
async def test_defect_is_answered_500_without_a_word_about_the_inside(error: Exception) -> None:
    answer = await answer_to(error)
    assert (answer.status, document(answer)["code"]) == (500, "internal")
    assert b"secret" not in answer.body
    assert answer.headers["x-request-id"]
