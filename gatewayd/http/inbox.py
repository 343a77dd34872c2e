"""What a client sent, waiting for the handler that reads it."""

from __future__ import annotations

from collections import deque

import trio
from starlette.types import Message

_ROOM = 10  # body messages of at most 64 KiB each; then the client waits


class Inbox:
    """The receiving side of one request.

    A memory channel would do, but for two cases. A handler that answers without reading the body must not leave the
    reader blocked for ever: once the handler has returned, everything is dropped. And news of a disconnect must
    never wait for room, since whoever brings it may be the handler itself, at the end of its answer.
    """

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self._changed = trio.Event()
        self._disconnected = False
        self._abandoned = False

    async def put(self, message: Message) -> None:
        """Add an event of the client's; waits while there is no room."""
        if message["type"] == "http.disconnect":
            self._disconnected = True
        else:
            while len(self._waiting) >= _ROOM and not (self._disconnected or self._abandoned):
                await self._change()
            if self._disconnected or self._abandoned:
                return
            self._waiting.append(message)
        self._notify()

    async def receive(self) -> Message:
        """The ASGI ``receive``: the next event; after the last one ``http.disconnect``, as often as asked."""
        while not self._waiting:
            if self._disconnected:
                return {"type": "http.disconnect"}
            await self._change()
        message = self._waiting.popleft()
        self._notify()
        return message

    def abandon(self) -> None:
        """The handler has returned: drop what is there and what still comes."""
        self._abandoned = True
        self._waiting.clear()
        self._notify()

    async def _change(self) -> None:
        await self._changed.wait()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
