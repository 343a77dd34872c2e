from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatewayd.http.streaming import CSV, StreamedResponse, csv_lines
from tests.http.serving import plain_request, serving


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")), min_size=1)))
def test_rows_come_back_as_they_were_but_for_the_guard(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_lines(rows).decode(), newline="")))
    unguarded = [[cell.removeprefix("'") for cell in row] for row in read]
    assert unguarded == [[cell.removeprefix("'") for cell in row] for row in rows]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "+", "+٣"]
)
def test_cell_that_a_spreadsheet_would_calculate_gets_a_quote_in_front(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_lines([[cell, "plain"]]).decode(), newline=""))
    assert row == [f"'{cell}", "plain"]


def test_telephone_number_stays_as_it_is() -> None:
    assert csv_lines([["+34600000000"]]) == b"+34600000000\r\n"


class Pieces:
    """Generates pieces, and knows whether it was closed."""

    def __init__(self, count: int | None, size: int = 2) -> None:
        self.count = count
        self.size = size
        self.closed = trio.Event()

    async def generate(self) -> AsyncGenerator[bytes, None]:
        try:
            number = 0
            while number != self.count:
                yield b"x" * self.size
                number += 1
        finally:
            self.closed.set()

    @property
    def app(self) -> Starlette:
        async def stream(request: Request) -> Response:
            return StreamedResponse(self.generate(), CSV, {"Content-Disposition": "attachment"})

        return Starlette(routes=[Route("/", stream)])


async def test_stream_sends_all_pieces_and_its_headers() -> None:
    async with serving(Pieces(3).app) as running:
        answer = await (await running.connect()).request("GET", "/")
    assert answer.body == b"xxxxxx"
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == (CSV, "attachment")


async def test_stream_asked_for_its_head_sends_no_piece() -> None:
    pieces = Pieces(3)
    async with serving(pieces.app) as running:
        client = await running.connect()
        assert (await client.request("HEAD", "/")).body == b""
        assert (await client.request("HEAD", "/")).status == 200


async def test_generator_is_closed_when_the_client_leaves() -> None:
    pieces = Pieces(None, 65_536)
    async with serving(pieces.app) as running:
        client = await running.connect()
        await client.send(plain_request("GET", "/"))
        await client.stream.receive_some(1)
        await client.stream.aclose()
        with trio.fail_after(20):
            await pieces.closed.wait()


async def test_stream_that_fails_midway_is_not_taken_for_whole() -> None:
    async def failing() -> AsyncGenerator[bytes, None]:
        yield b"first"
        raise LookupError("gone")

    async def stream(request: Request) -> Response:
        return StreamedResponse(failing(), CSV)

    async with serving(Starlette(routes=[Route("/", stream)])) as running:
        client = await running.connect()
        await client.send(plain_request("GET", "/"))
        received = b""
        while data := await client.stream.receive_some():
            received += data
    assert b"first" in received
    assert not received.endswith(b"0\r\n\r\n")
