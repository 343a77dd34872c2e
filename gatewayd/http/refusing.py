"""Turning away clients for whom there is no place."""

from __future__ import annotations

import trio

from gatewayd.http import metrics
from gatewayd.http.streams import BoundedStream
from gatewayd.log import get_logger

_log = get_logger("gatewayd.http")

_TIME = 1.0  # seconds that a refused client gets to take the answer
_MOST = 64  # at a time; further ones are closed without a word
_ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"content-type: application/problem+json\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
)
_BODY = b'{"title":"Too many connections","status":503,"code":"too_many_connections"}'


class Refusals:
    """Answers 503, as far as that itself can't become a burden.

    Args:
        limit: on how many connections, for the log.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._under_way = 0
        self._said = False

    def room_again(self) -> None:
        """A place has become free: the next refusal is worth a line in the log."""
        self._said = False

    async def refuse(self, stream: BoundedStream) -> None:
        """Say that there are too many, and close. Over TLS without a word: its handshake is what costs."""
        metrics.refused.inc()
        if not self._said:  # once, until there is room again: refusals can be many
            self._said = True
            _log.warning("http.too_many_connections", limit=self._limit)
        if stream.encrypted or self._under_way >= _MOST:
            stream.abort()
            return
        self._under_way += 1
        try:
            with trio.move_on_after(_TIME):
                await stream.send_all(_ANSWER % (len(_BODY), _BODY))
                await stream.finish()
                while await stream.receive(64 * 1024):
                    pass
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        finally:
            self._under_way -= 1
