"""One HTTP/1.1 connection: hypercorn's protocol over a bounded stream.

hypercorn's protocol classes (parsing, ASGI events, keep-alive, pipelining) are used as they are. Its ``TCPServer``
is not: it sends inside a shielded scope without a limit, so that one client that stops reading makes the daemon
unstoppable; it keeps a closed connection until the keep-alive time is over; and a handler that answers without
reading a long body blocks for ever. What is relied on here is named in ``tests/http/test_hypercorn_contract.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message

from gatewayd.http.inbox import Inbox
from gatewayd.http.peer import Peer
from gatewayd.http.streams import BoundedStream, Phase
from gatewayd.log import get_logger

_log = get_logger("gatewayd.http")
_MAX_RECEIVE = 64 * 1024  # bytes
_TWO_LENGTHS = {b"content-length", b"transfer-encoding"}
_MOST_HEADERS = 100
_LARGEST_HEAD = 16 * 1024  # bytes of names, values and target; browsers send 2 KiB, proxies add little


_ASGI = {"version": "3.0", "spec_version": "2.4"}


class ClientGone(OSError):
    """The client has left. Raised by the ASGI ``send``, as its version 2.4 asks; nobody needs to catch it."""


@dataclass(frozen=True)
class Serving:
    """What all connections of a server share."""

    config: Config
    context: WorkerContext = field(default_factory=lambda: WorkerContext(None))
    stopping: trio.Event = field(default_factory=trio.Event)
    """Set when the server stops: endless answers (``request.state.stopping``) end themselves then."""


class Connection:
    """Serves the requests of one client, one after the other.

    Args:
        app: the ASGI application; its scope's ``state`` gets ``peer`` (a ``Peer``, or None over TCP) and ``stopping``.
        serving: what is shared.
        stream: the client.
        peer: who is at the other end of a Unix socket.
    """

    def __init__(
        self, app: ASGIApp, serving: Serving, stream: BoundedStream, peer: Peer | None = None
    ) -> None:
        self._app = app
        self._serving = serving
        self._stream = stream
        self._peer = peer
        self._sending = trio.Lock()
        self._reading = trio.CancelScope()
        self._gone = trio.Event()
        self._protocol: _Http11

    @property
    def idle(self) -> bool:
        """Whether it is between two requests."""
        return self._stream.phase is Phase.IDLE

    def close(self) -> None:
        """Close it; for idle ones."""
        self._stream.leave()

    def abort(self) -> None:
        """Cut it off, whatever it is doing; its handler finds the client gone."""
        self._stream.abort()

    async def run(self) -> None:
        """Serve until the client or the server ends it."""
        try:
            if not await self._stream.begin():
                return
            async with trio.open_nursery() as nursery:
                self._protocol = self._new_protocol(nursery)
                await self._read()
        finally:
            self._stream.close()

    def _new_protocol(self, nursery: trio.Nursery) -> _Http11:
        socket = self._stream.socket
        inet = self._peer is None
        state = {"peer": self._peer, "stopping": self._serving.stopping}
        return _Http11(
            cast(Any, self._app),  # only AppTasks.spawn_app looks at it
            self._serving.config,
            self._serving.context,
            AppTasks(nursery, self._gone),
            ConnectionState(state),
            self._stream.encrypted,
            socket.getpeername()[:2] if inet else None,
            socket.getsockname()[:2] if inet else None,
            self._send,
        )

    async def _read(self) -> None:
        with self._reading:
            while data := await self._stream.receive(_MAX_RECEIVE):
                if self._stream.phase is Phase.LINGERING:
                    continue
                await self._protocol.handle(RawData(data=data))
                if self._protocol.request_is_complete:
                    self._stream.enter(Phase.ANSWERING)
        # The handler, where one is at work, hears of it and may still answer: a client may close its half early.
        await self._protocol.handle(Closed())

    async def _send(self, event: Event) -> None:
        """What the protocol wants done."""
        if isinstance(event, RawData):
            await self._send_data(event.data)
        elif isinstance(event, Closed):
            await self._stream.finish()
            await self._protocol.handle(Closed())
        elif isinstance(event, Updated):
            self._stream.enter(Phase.IDLE if event.idle else Phase.REQUEST)

    async def _send_data(self, data: bytes) -> None:
        # Two tasks send: the handler its answer, the reader "100 Continue" and "400 Bad Request".
        try:
            self._sending.acquire_nowait()
        except trio.WouldBlock:
            await self._sending.acquire()
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            # The reader may be waiting for this answer to end before it looks at a pipelined request.
            self._reading.cancel()
            self._gone.set()
            await self._protocol.handle(Closed())
        finally:
            self._sending.release()


class AppTasks:
    """Where hypercorn's streams start their handlers (its ``TaskGroup``)."""

    def __init__(self, nursery: trio.Nursery, gone: trio.Event) -> None:
        self._nursery = nursery
        self._gone = gone

    async def spawn_app(
        self, app: Any, _config: Config, scope: Any, send: Callable[[Any], Awaitable[None]]
    ) -> Callable[[Any], Awaitable[None]]:
        """Start the handler of one request; return where its events go."""
        inbox = Inbox()
        self._nursery.start_soon(self._handle, app, scope, inbox, send)
        return inbox.put

    def spawn(self, function: Callable[..., Awaitable[object]], *args: Any) -> None:
        """Start a task beside them."""
        self._nursery.start_soon(function, *args)

    async def _handle(
        self, app: ASGIApp, scope: Any, inbox: Inbox, send: Callable[[Any], Awaitable[None]]
    ) -> None:
        async def send_while_connected(message: Message) -> None:
            # hypercorn swallows what is sent to nobody: an endless answer would never end, nor yield to the loop.
            await send(message)
            if self._gone.is_set():
                raise ClientGone

        scope["asgi"] = _ASGI
        try:
            await app(scope, inbox.receive, send_while_connected)
        except (ClientGone, ClientDisconnect):
            return
        except Exception:  # noqa: BLE001 - a defect in one handler costs one request, not the modems' work
            _log.exception("http.handler_failed")
        finally:
            inbox.abandon()
        # hypercorn: the handler has returned; where it answered nothing, that is a 500.
        await send(None)


def _complaint(request: h11.Request) -> int | None:
    """With which status a request is refused for its head alone; None: it is not."""
    headers = request.headers.raw_items()
    # RFC 9112 §6.3: a sender that gives its body two lengths may be smuggling a request past a proxy.
    if {name.lower() for name, _ in headers} >= _TWO_LENGTHS:
        return 400
    # h11 looks at the size only while something is missing: what comes in one piece may be larger.
    size = len(request.target)
    for name, value in headers:
        size += len(name) + len(value)
    return 431 if len(headers) > _MOST_HEADERS or size > _LARGEST_HEAD else None


class _Http11(H11Protocol):
    """hypercorn's HTTP/1.1 without its ways out of HTTP/1.1, and with one write for a small answer."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._head = b""

    @property
    def request_is_complete(self) -> bool:
        """Whether the client has said all that it may before our answer."""
        return (
            self.connection.their_state is not h11.IDLE and self.connection.their_state is not h11.SEND_BODY
        )

    async def _check_protocol(self, _event: h11.Request) -> None:
        # "Upgrade: h2c" and HTTP/2 by prior knowledge are answered in HTTP/1.1: none of the limits holds there.
        return

    async def _create_stream(self, request: h11.Request) -> None:
        if status := _complaint(request):
            # No stream: what else has come is not looked at.
            await self._send_error_response(status)
            await self.send(Closed())
            return
        # RFC 9110 §7.8: a server may ignore Upgrade. No WebSockets here.
        if any(name == b"upgrade" for name, _ in request.headers):
            request = h11.Request(
                method=request.method,
                target=request.target,
                headers=[(name, value) for name, value in request.headers if name != b"upgrade"],
                http_version=request.http_version,
            )
        await super()._create_stream(request)

    async def _send_h11_event(self, event: Any) -> None:
        # ASGI: no byte of an answer leaves before its first body event. So the head waits for it, and both leave in
        # one write: a write and a turn of the loop less for each request.
        try:
            data = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return
        if isinstance(event, h11.Response):
            self._head = data
            return
        data, self._head = self._head + data, b""
        if data:
            await self.send(RawData(data=data))
