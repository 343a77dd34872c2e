"""A bounded stream under TLS: its handshake, and its closing alert.

The limits of ``BoundedStream`` hold for what is inside TLS: records that carry nothing, such as a stream of key
updates, extend no deadline.
"""

from __future__ import annotations

import ssl

import trio

from gatewayd.http import metrics
from gatewayd.http.settings import ApiSettings
from gatewayd.http.streams import LINGER, BoundedStream, Phase

_HANDSHAKE_TIME = 10.0  # seconds; four messages, and a slow line's round trip takes one of them
_TO_PLAIN_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\n"
    b"content-type: application/problem+json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
)
_TO_PLAIN_HTTP_BODY = (
    b'{"type":"about:blank","title":"Bad Request","status":400,"code":"tls_required",'
    b'"detail":"This port speaks HTTPS: write https:// instead of http://."}'
)


class EncryptedStream(BoundedStream):
    """A ``BoundedStream`` whose other end speaks TLS.

    Args:
        stream: the accepted connection.
        settings: the limits.
        context: the certificate and the terms.
    """

    encrypted = True

    def __init__(self, stream: trio.SocketStream, settings: ApiSettings, context: ssl.SSLContext) -> None:
        self._tls = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
        self._raw = stream
        self._parted = False
        super().__init__(stream, settings, self._tls)

    async def begin(self) -> bool:
        """Shake hands, in 10 s at most; return whether that worked. Who speaks plain HTTP is told to use TLS."""
        with trio.move_on_after(_HANDSHAKE_TIME):
            try:
                await self._tls.do_handshake()
            except trio.BrokenResourceError as error:
                metrics.handshakes_failed.inc()
                if getattr(error.__cause__, "reason", None) == "HTTP_REQUEST":
                    await self._answer_plain_http()
                return False
            except trio.ClosedResourceError:
                return False
            return True
        metrics.handshakes_failed.inc()
        return False

    async def receive(self, max_bytes: int) -> bytes:
        """The next bytes; none when the client is through, broken, or out of time."""
        if self.phase is not Phase.LINGERING:
            data = await super().receive(max_bytes)
            if data:
                return data
            if self.phase is Phase.IDLE:
                await self.finish()
        if self.phase is not Phase.LINGERING:
            return b""
        await self._part()
        return await self._receive_from(self._raw, max_bytes)

    async def finish(self) -> None:
        """Say that nothing more will come, and go to LINGERING."""
        if self.phase is Phase.LINGERING:
            return
        self.enter(Phase.LINGERING)
        if self._receiving is None:
            await self._part()
        else:
            # Another task is in the middle of receiving, and closing TLS needs its place: it does it then.
            self._receiving.cancel()

    def leave(self) -> None:
        """End it soon: the closing alert, then the connection. For one that is idle."""
        if self._receiving is None:
            self.close()  # in its handshake: there is nothing to close yet
            return
        self.enter(Phase.LINGERING)
        self._receiving.cancel()

    async def _part(self) -> None:
        """The closing alert (RFC 9112 §9.8), which shows that nobody on the way has cut off the end; then TCP's."""
        if self._parted:
            return
        self._parted = True
        try:
            with trio.move_on_after(LINGER):
                await self._tls.unwrap()
            await self._raw.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return  # gone already, or still sending: nothing is left to be said
        except trio.BusyResourceError:
            self.abort()

    async def _answer_plain_http(self) -> None:
        """Within what is left of the handshake's time."""
        try:
            await self._raw.send_all(_TO_PLAIN_HTTP % (len(_TO_PLAIN_HTTP_BODY), _TO_PLAIN_HTTP_BODY))
            await self._raw.send_eof()
            with trio.move_on_after(LINGER):
                while await self._raw.receive_some():
                    pass
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
