"""A real server on a free port of this machine, and a client that may misbehave."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import h11
import trio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gatewayd.http.server import Server
from gatewayd.http.settings import ApiSettings
from gatewayd.http.tls import Certificate


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._parser = h11.Connection(h11.CLIENT)

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        await self.send(plain_request(method, path, body, **headers))
        return await self.answer(method)

    async def answer(self, method: str = "GET") -> Answer:
        """Read one answer, which may have come together with others."""
        if self._parser.our_state is h11.DONE:
            self._parser.start_next_cycle()
        # The parser has to believe that it sent the request.
        self._parser.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
        self._parser.send(h11.EndOfMessage())
        head = await self._event()
        assert isinstance(head, h11.Response)
        body = b""
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
        return Answer(head.status_code, {k.decode(): v.decode() for k, v in head.headers}, body)

    async def closed(self) -> bool:
        """Wait until the server closes the connection; return whether it did so in an orderly way."""
        try:
            while await self.stream.receive_some():
                pass
        except trio.BrokenResourceError:
            return False
        return True

    async def _event(self) -> Any:
        while (event := self._parser.next_event()) is h11.NEED_DATA:
            self._parser.receive_data(await self.stream.receive_some())
        return event


@dataclass
class Running:
    """A server that runs."""

    server: Server
    addresses: list[str]
    scope: trio.CancelScope
    ended: trio.Event
    clients: AsyncExitStack

    async def connect(self) -> Client:
        """Connect over TCP."""
        return await self._client(await self._tcp())

    async def connect_tls(self, context: ssl.SSLContext) -> Client:
        """Connect over TCP and shake hands."""
        stream = trio.SSLStream(await self._tcp(), context, server_hostname="gateway.example")
        client = await self._client(stream)
        await stream.do_handshake()
        return client

    async def _tcp(self) -> trio.SocketStream:
        host, _, port = self.addresses[0].rpartition(":")
        return await trio.open_tcp_stream(host.strip("[]"), int(port))

    async def connect_unix(self) -> Client:
        """Connect to the Unix socket, which is the last address."""
        return await self._client(await trio.open_unix_socket(self.addresses[-1]))

    async def _client(self, stream: trio.abc.Stream) -> Client:
        return Client(await self.clients.enter_async_context(stream))

    async def stop(self) -> None:
        """Do what the supervisor does; return once the server has ended."""
        self.scope.cancel()
        await self.ended.wait()


@asynccontextmanager
async def serving(
    app: ASGIApp,
    *,
    socket_app: ASGIApp | None = None,
    certificate: Certificate | None = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    """Run a server for ``app`` on a free port."""
    server = Server(
        ApiSettings(**{"bind": ("127.0.0.1:0",), **settings}),
        app,
        socket_app=socket_app,
        certificate=certificate,
    )
    scope, ended = trio.CancelScope(), trio.Event()

    async def run(*, task_status: trio.TaskStatus[list[str]]) -> None:
        with scope:
            await server.run(task_status=task_status)
        ended.set()

    async with trio.open_nursery() as nursery:
        addresses = await nursery.start(run)
        async with AsyncExitStack() as clients:
            yield Running(server, addresses, scope, ended, clients)
        scope.cancel()


def plain_request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: x", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _hello(request: Request) -> Response:
    return PlainTextResponse(f"hello {request.query_params.get('name', '')}")


async def _echo(request: Request) -> Response:
    return Response(await request.body())


async def _refuse_unread(request: Request) -> Response:
    return PlainTextResponse("too large", status_code=413)


class _Endless:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})


class _UntilStop:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first\n", "more_body": True})
        await scope["state"]["stopping"].wait()
        await send({"type": "http.response.body", "body": b"last\n"})


async def _peer(request: Request) -> Response:
    peer = request.state.peer
    return PlainTextResponse("none" if peer is None else f"{peer.pid} {peer.uid} {peer.gid}")


async def _defect(request: Request) -> Response:
    raise LookupError("a defect")


APP = Starlette(
    routes=[
        Route("/hello", _hello),
        Route("/echo", _echo, methods=["POST"]),
        Route("/refuse", _refuse_unread, methods=["POST"]),
        Route("/endless", _Endless()),
        Route("/until-stop", _UntilStop()),
        Route("/peer", _peer),
        Route("/defect", _defect),
    ]
)
