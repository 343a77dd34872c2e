"""The HTTP server as a service: listens, serves, and stops within its grace whatever the clients do."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import trio
from hypercorn.config import Config
from starlette.types import ASGIApp

from gatewayd.access.networks import parse_address, parse_network
from gatewayd.http import metrics
from gatewayd.http.binding import CannotListen, bind_tcp, bind_unix, describe
from gatewayd.http.connection import Connection, Serving
from gatewayd.http.encrypted import EncryptedStream
from gatewayd.http.peer import peer_of
from gatewayd.http.places import Places
from gatewayd.http.refusing import Refusals
from gatewayd.http.settings import ApiSettings
from gatewayd.http.streams import BoundedStream
from gatewayd.http.tls import Certificate
from gatewayd.log import get_logger

_log = get_logger("gatewayd.http")


@dataclass(frozen=True, slots=True)
class Site:
    """An application, and where it answers."""

    app: ASGIApp
    addresses: Sequence[str]
    certificate: Certificate | None = None
    """What it shows; None: plain HTTP."""


@dataclass(frozen=True, slots=True)
class _Front:
    """A listening socket, and what answers there."""

    listener: trio.SocketListener
    app: ASGIApp
    certificate: Certificate | None = None


class Server:
    """Serves ``app`` on every address of ``settings.bind``, and ``socket_app`` on the Unix socket.

    Args:
        settings: ``[api]``.
        app: the ASGI application for TCP. Its lifespan is not run: the supervisor builds and ends objects.
        socket_app: the one for the Unix socket; the same where left out.
        certificate: what is shown at ``settings.bind``; None: plain HTTP.
        admin: addresses with an application of their own.
    """

    def __init__(
        self,
        settings: ApiSettings,
        app: ASGIApp,
        *,
        socket_app: ASGIApp | None = None,
        certificate: Certificate | None = None,
        admin: Site | None = None,
    ) -> None:
        self._settings = settings
        self._sites = [Site(app, settings.bind, certificate), *([] if admin is None else [admin])]
        self._socket_app = socket_app or app
        self._serving = Serving(_protocol_config())
        self._connections: set[Connection] = set()
        proxies = tuple(map(parse_network, settings.trusted_proxies))
        self._places = Places(settings.max_connections, settings.max_connections_per_address, proxies)
        self._refusals = Refusals(settings.max_connections)
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
            for site in self._sites:
                opened += (
                    _Front(bind_tcp(address), site.app, site.certificate) for address in site.addresses
                )
            if self._settings.socket is not None:
                opened.append(_Front(bind_unix(self._settings.socket), self._socket_app))
        except CannotListen:
            for front in opened:  # those before the one that fails
                front.listener.socket.close()
            raise
        return opened

    async def _listen(
        self, fronts: list[_Front], connections: trio.Nursery, task_status: trio.TaskStatus[list[str]]
    ) -> None:
        async with trio.open_nursery() as accepting:
            for front in fronts:
                serve = partial(self._serve, front)
                await accepting.start(
                    partial(trio.serve_listeners, serve, [front.listener], handler_nursery=connections)
                )
            addresses = [describe(front.listener) for front in fronts]
            _log.info("http.listening", addresses=addresses)
            task_status.started(addresses)
            await trio.sleep_forever()

    async def _serve(self, front: _Front, client: trio.SocketStream) -> None:
        stream = self._bounded(front, client)
        try:
            peer = peer_of(client.socket) if client.socket.family == trio.socket.AF_UNIX else None
            address = parse_address(client.socket.getpeername()[0]) if peer is None else None
        except OSError:  # gone before we came to look
            stream.abort()
            return
        if not self._places.take(address):
            await self._refusals.refuse(stream)
            return
        try:
            await self._attend(Connection(front.app, self._serving, stream, peer))
        finally:
            self._places.give_back(address)
            self._refusals.room_again()

    def _bounded(self, front: _Front, client: trio.SocketStream) -> BoundedStream:
        if front.certificate is None:
            return BoundedStream(client, self._settings)
        return EncryptedStream(client, self._settings, front.certificate.context)

    async def _attend(self, connection: Connection) -> None:
        self._connections.add(connection)
        metrics.connections.set(len(self._connections))
        try:
            await connection.run()
        except Exception:  # noqa: BLE001 - a defect that one client can provoke must not stop the modems' work
            _log.exception("http.connection_failed")
        finally:
            connection.abort()
            self._connections.discard(connection)
            metrics.connections.set(len(self._connections))
            if not self._connections:
                self._all_closed.set()

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
