from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gatewayd.http.bodies import JSON, NDJSON, read_body
from gatewayd.http.problems import exception_handlers
from tests.http.serving import Answer, serving


async def _single(request: Request) -> Response:
    body = await read_body(request, limit=1000)
    return JSONResponse({"size": len(body.octets), "array": body.is_array})


async def _many(request: Request) -> Response:
    body = await read_body(request, (JSON, NDJSON), limit=1000, array_limit=200_000)
    return JSONResponse({"size": len(body.octets), "array": body.is_array})


APP = Starlette(
    routes=[Route("/single", _single, methods=["POST"]), Route("/many", _many, methods=["POST"])],
    exception_handlers=exception_handlers(),
)


async def post(path: str, body: bytes, content_type: str = JSON) -> Answer:
    async with serving(APP) as running:
        headers = {"content-type": content_type} if content_type else {}
        return await (await running.connect()).request("POST", path, body, **headers)


def found(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    result: dict[str, Any] = json.loads(answer.body)
    return result


async def test_body_up_to_its_limit_is_read() -> None:
    assert found(await post("/single", b"{" + b" " * 999)) == {"size": 1000, "array": False}


@pytest.mark.parametrize(
    ("path", "body", "type_"),
    [
        ("/single", b"{" + b" " * 1000, JSON),
        ("/single", b"[" + b" " * 1000, JSON),
        ("/many", b"{" + b" " * 1000, JSON),
        ("/many", b"[" + b" " * 200_000, JSON),
        ("/many", b"[" + b" " * 2_000_000, JSON),
        ("/many", b"{" + b" " * 200_000, NDJSON),
    ],
)
async def test_body_above_its_limit_is_refused(path: str, body: bytes, type_: str) -> None:
    answer = await post(path, body, type_)
    assert (answer.status, json.loads(answer.body)["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "type_"), [(b" \n[" + b" " * 199_997, JSON), (b"{" + b" " * 199_999, NDJSON)]
)
async def test_array_and_lines_may_be_larger(body: bytes, type_: str) -> None:
    assert found(await post("/many", body, type_)) == {"size": 200_000, "array": True}


async def test_chunked_body_above_the_limit_is_refused_though_it_announced_nothing() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(b"POST /single HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
        await client.send(b"transfer-encoding: chunked\r\n\r\n400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n")
        assert (await client.answer()).status == 413


@pytest.mark.parametrize(
    "type_", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', JSON]
)
async def test_media_type_is_taken_however_it_is_written(type_: str) -> None:
    assert found(await post("/single", b"{}", type_))["size"] == 2


@pytest.mark.parametrize("type_", ["text/plain", "", NDJSON, "application/json; charset=latin-1"])
async def test_other_media_type_is_refused(type_: str) -> None:
    answer = await post("/single", b"{}", type_)
    assert (answer.status, json.loads(answer.body)["code"]) == (415, "wrong_media_type")
