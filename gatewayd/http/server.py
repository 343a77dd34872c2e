"""The HTTP server as a service: listens, serves, and stops within its grace whatever the clients do."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from functools import partial

import trio
from hypercorn.config import Config
from starlette.types import ASGIApp

from gatewayd.http import metrics
from gatewayd.http.binding import CannotListen, bind_tcp, bind_unix, describe
from gatewayd.http.connection import Connection, Serving
from gatewayd.http.peer import peer_of
from gatewayd.http.settings import ApiSettings
from gatewayd.http.streams import BoundedStream
from gatewayd.log import get_logger

_log = get_logger("gatewayd.http")

_REFUSAL_TIME = 1.0  # seconds that a refused client gets to take the answer
_MOST_REFUSALS = 64  # at a time; further ones are closed without a word
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"content-type: application/problem+json\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
)
_REFUSAL_BODY = b'{"title":"Too many connections","status":503,"code":"too_many_connections"}'


#: A listening socket, and what answers there.
_Front = tuple[trio.SocketListener, ASGIApp]


class Server:
    """Serves ``app`` on every address of ``settings.bind``, and ``socket_app`` on the Unix socket.

    Args:
        settings: ``[api]``.
        app: the ASGI application for TCP. Its lifespan is not run: the supervisor builds and ends objects.
        socket_app: the one for the Unix socket; the same where left out.
        admin: addresses with an application of their own.
    """

    def __init__(
        self,
        settings: ApiSettings,
        app: ASGIApp,
        *,
        socket_app: ASGIApp | None = None,
        admin: tuple[Sequence[str], ASGIApp] | None = None,
    ) -> None:
        self._settings = settings
        self._app = app
        self._socket_app = socket_app or app
        self._admin = admin
        self._serving = Serving(_protocol_config())
        self._connections: set[Connection] = set()
        self._refusing = 0
        self._full = False
        self._all_closed = trio.Event()

    @property
    def connections(self) -> int:
        """How many clients are connected now."""
        return len(self._connections)

    async def run(self, *, task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen and serve until cancelled; then answer what is in progress, for ``grace`` seconds at most.

        Reports started with the addresses that are listened on. Raises CannotListen.
        """
        path = self._settings.socket
        fronts = self._bind()
        try:
            async with trio.open_nursery() as nursery:
                connections = await nursery.start(_hold)
                try:
                    await self._listen(fronts, connections, task_status)
                finally:
                    await self._drain()
                    connections.cancel_scope.cancel()
        finally:
            if path is not None:
                path.unlink(missing_ok=True)

    def _bind(self) -> list[_Front]:
        """Open all sockets, or none."""
        opened: list[_Front] = []
        try:
            opened += ((bind_tcp(address), self._app) for address in self._settings.bind)
            if self._admin is not None:
                addresses, app = self._admin
                opened += ((bind_tcp(address), app) for address in addresses)
            if self._settings.socket is not None:
                opened.append((bind_unix(self._settings.socket), self._socket_app))
        except CannotListen:
            for listener, _ in opened:  # those before the one that fails
                listener.socket.close()
            raise
        return opened

    async def _listen(
        self, fronts: list[_Front], connections: trio.Nursery, task_status: trio.TaskStatus[list[str]]
    ) -> None:
        async with trio.open_nursery() as accepting:
            for listener, app in fronts:
                serve = partial(
                    trio.serve_listeners, partial(self._serve, app), [listener], handler_nursery=connections
                )
                await accepting.start(serve)
            addresses = [describe(listener) for listener, _ in fronts]
            _log.info("http.listening", addresses=addresses)
            task_status.started(addresses)
            await trio.sleep_forever()

    async def _serve(self, app: ASGIApp, client: trio.SocketStream) -> None:
        stream = BoundedStream(client, self._settings)
        if len(self._connections) >= self._settings.max_connections:
            await self._refuse(stream)
            return
        try:
            peer = peer_of(client.socket) if client.socket.family == trio.socket.AF_UNIX else None
            connection = Connection(app, self._serving, stream, peer)
        except OSError:  # gone before we came to look
            return
        self._connections.add(connection)
        metrics.connections.set(len(self._connections))
        try:
            await connection.run()
        except Exception:  # noqa: BLE001 - a defect that one client can provoke must not stop the modems' work
            _log.exception("http.connection_failed")
        finally:
            connection.abort()
            self._connections.discard(connection)
            self._full = False
            metrics.connections.set(len(self._connections))
            if not self._connections:
                self._all_closed.set()

    async def _refuse(self, stream: BoundedStream) -> None:
        metrics.refused.inc()
        if not self._full:  # said once, until there is room again: refusals can be many
            self._full = True
            _log.warning("http.too_many_connections", limit=self._settings.max_connections)
        if self._refusing >= _MOST_REFUSALS:
            stream.abort()
            return
        self._refusing += 1
        try:
            with trio.move_on_after(_REFUSAL_TIME):
                await stream.send_all(_REFUSAL % (len(_REFUSAL_BODY), _REFUSAL_BODY))
                await stream.finish()
                while await stream.receive(64 * 1024):
                    pass
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        finally:
            self._refusing -= 1

    async def _drain(self) -> None:
        """End idle connections, give the others their grace, cut off what is left."""
        self._serving.stopping.set()
        with trio.CancelScope(shield=True, deadline=trio.current_time() + self._settings.grace):
            # hypercorn looks at this after each answer and then closes.
            await self._serving.context.terminated.set()
            for connection in list(self._connections):
                if connection.idle:
                    connection.close()
            self._all_closed = trio.Event()
            if self._connections:
                await self._all_closed.wait()
        if self._connections:
            _log.warning("http.connections_cut", connections=len(self._connections))
        for connection in list(self._connections):
            connection.abort()


async def _hold(*, task_status: trio.TaskStatus[trio.Nursery]) -> None:
    """Keep the connections in a nursery that the server's own cancellation does not reach."""
    async with trio.open_nursery() as connections:
        connections.cancel_scope.shield = True
        task_status.started(connections)
        await trio.sleep_forever()


def _protocol_config() -> Config:
    """hypercorn's settings, as far as its protocol reads them."""
    config = Config()
    config.errorlog = logging.getLogger("hypercorn.error")
    config.include_server_header = False
    # Whether a client sends one request or a million is no reason to close.
    config.keep_alive_max_requests = sys.maxsize
    return config
