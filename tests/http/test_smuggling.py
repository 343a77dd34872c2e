"""Requests of which two readers could think differently where they end are refused, and the connection with them.

RFC 9112 §6.3 and §11.2; ASVS 5.0 V4.2. A proxy in front and gatewayd must never disagree about what is the next
request.
"""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.http.serving import APP, serving

POST = b"POST /echo HTTP/1.1\r\nhost: x\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"content-length: 5, 6\r\n",
        b"content-length: +5\r\n",
        b"content-length: -5\r\n",
        b"content-length: 0x5\r\n",
        b"content-length: 5 5\r\n",
        b"content-length:\r\n",
        b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        b"transfer-encoding: gzip, chunked\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"transfer-encoding: chunked, chunked\r\n",
        b"content-length : 5\r\n",
        b"content-length: 5\r\n x\r\n\x00: y\r\n",
        b"x\x00y: 1\r\n",
        b"x: a\x00b\r\n",
        b"no-colon\r\n",
        b": no name\r\n",
        b"host: y\r\n",
        b"x: " + b"a" * 70_000 + b"\r\n",
        b"".join(b"x%d: y\r\n" % number for number in range(5000)),
    ],
    ids=lambda head: repr(head[:40]),
)
async def test_head_that_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_served(
    head: bytes,
) -> None:
    asked: list[str] = []
    async with serving(witnessed(asked), receive_timeout=1) as running:
        client = await running.connect()
        await client.send(POST + head + b"\r\nhello" + SMUGGLED)
        assert (await client.answer()).status in (400, 431, 501)
        assert await client.closed()
    assert asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"zz\r\nhello\r\n0\r\n\r\n",
        b"f" * 30 + b"\r\nhello\r\n",
    ],
    ids=repr,
)
async def test_chunks_that_are_none_end_the_connection(body: bytes) -> None:
    asked: list[str] = []
    async with serving(witnessed(asked), receive_timeout=1) as running:
        client = await running.connect()
        await client.send(POST + b"transfer-encoding: chunked\r\n\r\n" + body + SMUGGLED)
        await client.closed()
    assert "/smuggled" not in asked


@pytest.mark.parametrize("order", [1, -1])
async def test_body_with_two_kinds_of_length_is_refused(order: int) -> None:
    """RFC 9112 §6.3: who goes by the other one takes what follows for another request."""
    lengths = [b"content-length: 4\r\n", b"transfer-encoding: chunked\r\n"][::order]
    asked: list[str] = []
    async with serving(witnessed(asked)) as running:
        client = await running.connect()
        await client.send(POST + b"".join(lengths) + b"\r\n5\r\nhello\r\n0\r\n\r\n" + SMUGGLED)
        assert (await client.answer()).status == 400
        assert await client.closed()
    assert asked == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"x": "y" * 15_000}, 200), ({"x": "y" * 17_000}, 431), ({f"x{n}": "" for n in range(99)}, 200),
     ({f"x{n}": "" for n in range(100)}, 431)],
    ids=["15 kB", "17 kB", "100 headers", "101 headers"],
)  # fmt: skip
async def test_head_may_have_16_kib_and_100_headers(headers: dict[str, str], status: int) -> None:
    async with serving(APP) as running:
        client = await running.connect()
        assert (await client.request("GET", "/hello", **headers)).status == status


async def test_expectation_is_met_before_the_body_is_asked_for_only_where_the_head_is_good() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(POST + b"expect: 100-continue\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n")
        assert (await client.answer()).status == 400
        assert await client.closed()


async def test_flood_of_pipelined_requests_is_served_one_at_a_time() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n" * 500)
        assert [(await client.answer()).status for _ in range(500)] == [200] * 500


def witnessed(asked: list[str]) -> Starlette:
    """An application that notes what it was asked."""

    async def any_path(request: Request) -> Response:
        body = await request.body()
        asked.append(request.url.path)
        return PlainTextResponse(body)

    return Starlette(routes=[Route("/{path:path}", any_path, methods=["GET", "POST"])])
