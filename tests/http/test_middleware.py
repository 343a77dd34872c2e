from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
import structlog
import trio
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from structlog.testing import capture_logs

from gatewayd.http.middleware import RequestMiddleware
from gatewayd.http.streaming import StreamedResponse
from tests.http.serving import plain_request, serving

Lines = list[dict[str, Any]]


async def _show(request: Request) -> Response:
    return PlainTextResponse("shown", headers={"cache-control": "max-age=60"})


async def _defect(request: Request) -> Response:
    raise LookupError("a defect")


async def _half(request: Request) -> Response:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield b"first"
        raise LookupError("a defect")

    return StreamedResponse(pieces(), "text/plain")


async def _read(request: Request) -> Response:
    return Response(await request.body())


APP = Starlette(
    routes=[
        Route("/things/{id}", _show),
        Route("/defect", _defect),
        Route("/half", _half),
        Route("/read", _read, methods=["POST"]),
        Route("/healthz", _show),
        Mount("/admin", routes=[Route("/users", _show)]),
    ],
    middleware=[Middleware(RequestMiddleware)],
)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged, with what was bound to the request."""
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as captured:
        yield captured  # type: ignore[misc]


def requests_logged(lines: Lines) -> Lines:
    return [line for line in lines if line["event"] == "http.request"]


def count(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("gatewayd_http_requests_total", labels) or 0


async def ask(path: str, method: str = "GET", **headers: str) -> dict[str, str]:
    async with serving(APP) as running:
        return (await (await running.connect()).request(method, path, **headers)).headers


async def test_request_is_logged_by_its_route_without_path_or_parameters(lines: Lines) -> None:
    await ask("/things/34600000000?q=secret")
    (line,) = requests_logged(lines)
    assert (line["method"], line["route"], line["status"]) == ("GET", "/things/{id}", 200)
    assert "34600000000" not in str(line)
    assert "secret" not in str(line)


async def test_request_id_is_made_told_and_logged(lines: Lines) -> None:
    headers = await ask("/things/1")
    (line,) = requests_logged(lines)
    assert line["request_id"] == headers["x-request-id"]
    assert len(headers["x-request-id"]) == 16


async def test_request_id_of_the_client_is_kept() -> None:
    assert (await ask("/things/1", **{"x-request-id": "trace-1.2_3"}))["x-request-id"] == "trace-1.2_3"


@pytest.mark.parametrize("forged", ["two words", "x" * 65, "<script>", ""])
async def test_request_id_that_is_no_plain_word_is_replaced(forged: str) -> None:
    assert (await ask("/things/1", **{"x-request-id": forged}))["x-request-id"] != forged


async def test_request_ids_of_one_connection_differ() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        ids = [(await client.request("GET", "/things/1")).headers["x-request-id"] for _ in range(3)]
    assert len(set(ids)) == 3


async def test_answer_has_headers_that_browsers_heed_and_keeps_its_own() -> None:
    headers = await ask("/things/1")
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "max-age=60"


@pytest.mark.parametrize(
    ("method", "path", "label", "route", "status"),
    [
        ("GET", "/things/7", "GET", "/things/{id}", "200"),
        ("GET", "/admin/users", "GET", "/admin/users", "200"),
        ("GET", "/nothing/here", "GET", "unmatched", "404"),
        ("BREW", "/nothing/here", "other", "unmatched", "404"),
        ("GET", "/defect", "GET", "/defect", "500"),
    ],
)
async def test_request_is_counted_by_method_route_and_status(
    method: str, path: str, label: str, route: str, status: str
) -> None:
    before = count(label, route, status)
    await ask(path, method)
    assert count(label, route, status) == before + 1


@pytest.mark.parametrize(("path", "level"), [("/healthz", "debug"), ("/nothing/here", "info")])
async def test_request_that_succeeds_is_of_interest_for_debugging_only(
    path: str, level: str, lines: Lines
) -> None:
    await ask(path)
    assert [line["log_level"] for line in requests_logged(lines)] == [level]


async def test_defect_is_logged_once_with_its_traceback(lines: Lines) -> None:
    await ask("/defect")
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert (line["event"], line["exc_info"], line["route"]) == ("http.defect", True, "/defect")
    assert line["request_id"] == requests_logged(lines)[0]["request_id"]


async def test_defect_in_the_middle_of_an_answer_cuts_the_connection(lines: Lines) -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(plain_request("GET", "/half"))
        await client.closed()
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["http.defect"]


async def test_client_that_leaves_in_the_middle_of_its_body_is_no_defect(lines: Lines) -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(b"POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n123")
        await client.stream.aclose()
        with trio.fail_after(20):
            while not requests_logged(lines):
                await trio.lowlevel.checkpoint()
    assert requests_logged(lines)[0]["status"] == 499
    assert not [line for line in lines if line["log_level"] == "error"]
