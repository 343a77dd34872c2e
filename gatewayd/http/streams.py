"""A socket on which no client can hold us up: every wait for it has an end.

What may be waited for depends on where the connection is:

- IDLE, between requests: the next request, for ``keep_alive`` seconds.
- REQUEST, from its first byte to its last: ``receive_timeout`` seconds, and one more for each KiB that came, so that
  a slow line gets through and a client that drips a byte now and then does not.
- ANSWERING: no limit to receiving, the client has nothing to say (server-sent events last for hours).
- LINGERING, after our last byte: what the client still sends is thrown away for a moment, since closing a socket
  with unread bytes makes the kernel send RST, which can destroy an answer on its way (RFC 9112 §9.6).

Sending is limited in all of them.
"""

from __future__ import annotations

import enum
import math
import socket
import struct

import trio

from gatewayd.http.settings import ApiSettings

_CHUNK = 64 * 1024  # bytes; what ``send_timeout`` is given for
_SLOWEST = 1024  # bytes/s that a sender must reach once it has used up receive_timeout
LINGER = 2.0  # seconds


class Phase(enum.Enum):
    """Where a connection is; see the module's docstring."""

    IDLE = enum.auto()
    REQUEST = enum.auto()
    ANSWERING = enum.auto()
    LINGERING = enum.auto()


class BoundedStream:
    """A ``trio.SocketStream`` with limits to every wait.

    Args:
        stream: the accepted connection.
        settings: the limits.
        inner: what is spoken through it, where that is not the connection itself.
    """

    encrypted = False

    def __init__(
        self, stream: trio.SocketStream, settings: ApiSettings, inner: trio.abc.Stream | None = None
    ) -> None:
        self._connection = stream
        self._stream = inner or stream
        self._send_timeout = settings.send_timeout
        self._limits = {
            Phase.IDLE: settings.keep_alive,
            Phase.REQUEST: settings.receive_timeout,
            Phase.ANSWERING: math.inf,
            Phase.LINGERING: LINGER,
        }
        self._receiving: trio.CancelScope | None = None
        self._deadline = math.inf
        self.phase = Phase.IDLE
        self.enter(Phase.IDLE)

    @property
    def socket(self) -> trio.socket.SocketType:
        """The socket itself."""
        return self._connection.socket

    async def begin(self) -> bool:
        """Do what comes before the first request; return whether one may come."""
        return True

    def enter(self, phase: Phase) -> None:
        """Go to ``phase``; a wait that is under way gets that phase's limit. LINGERING is never left."""
        if self.phase is Phase.LINGERING:
            return
        self.phase = phase
        self._limit_receiving(trio.current_time() + self._limits[phase])

    async def receive(self, max_bytes: int) -> bytes:
        """The next bytes; none when the client is through, broken, or out of time."""
        return await self._receive_from(self._stream, max_bytes)

    async def _receive_from(self, stream: trio.abc.ReceiveStream, max_bytes: int) -> bytes:
        with trio.CancelScope(deadline=self._deadline) as self._receiving:
            try:
                data = await stream.receive_some(max_bytes)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return b""
            finally:
                self._receiving = None
            if self.phase is Phase.IDLE:
                self.enter(Phase.REQUEST)
            elif self.phase is Phase.REQUEST:
                self._limit_receiving(self._deadline + len(data) / _SLOWEST)
            return bytes(data)
        return b""

    async def send_all(self, data: bytes) -> None:
        """Send ``data``.

        Raises:
            trio.BrokenResourceError: the client is gone, or did not take 64 KiB within ``send_timeout``; it was
                then cut off.
            trio.ClosedResourceError: the connection was aborted meanwhile.
        """
        view = memoryview(data)
        for start in range(0, len(view), _CHUNK):
            with trio.move_on_after(self._send_timeout) as scope:
                await self._stream.send_all(view[start : start + _CHUNK])
            if scope.cancelled_caught:
                self.abort()
                raise trio.BrokenResourceError("the client does not read")

    async def finish(self) -> None:
        """Say that nothing more will come, and go to LINGERING."""
        if self.phase is Phase.LINGERING:
            return
        self.enter(Phase.LINGERING)
        try:
            await self._connection.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError):
            # Gone already; or another task is in the middle of sending, which a client sees as cut off, rightly.
            self.abort()

    def leave(self) -> None:
        """End it soon, in the way that the client expects. For one that is idle."""
        self.close()

    def close(self) -> None:
        """Close at once; what was sent still reaches the client. Whoever waits gets ClosedResourceError."""
        self.socket.close()

    def abort(self) -> None:
        """Close at once and drop what was not yet sent, as for a client that does not read. May be called twice."""
        if self.socket.fileno() != -1:
            # With a linger time of zero close() sends RST and keeps nothing in the kernel.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()

    def _limit_receiving(self, deadline: float) -> None:
        self._deadline = deadline
        if self._receiving is not None:
            self._receiving.deadline = deadline
