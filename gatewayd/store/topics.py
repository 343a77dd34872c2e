"""Who wants to know after a COMMIT that something of a kind was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

#: Announced by the database itself: the disk was full, and there is space again.
SPACE = "store.space"


class Topics:
    """Callbacks by topic. On the trio thread only."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[Callable[[], None]]] = {}

    @contextmanager
    def subscribed(self, topic: str, callback: Callable[[], None]) -> Iterator[None]:
        """Have ``callback`` called after each COMMIT that touched ``topic``, as long as the context lasts."""
        callbacks = self._callbacks.setdefault(topic, [])
        callbacks.append(callback)
        try:
            yield
        finally:
            callbacks.remove(callback)

    def subscribe(self, topic: str, callback: Callable[[], None]) -> None:
        """Have ``callback`` called after each COMMIT that touched ``topic``, for good."""
        self._callbacks.setdefault(topic, []).append(callback)

    def publish(self, topics: Iterable[str]) -> None:
        """Call who subscribed to any of ``topics``, in the order of subscription."""
        for topic in topics:
            for callback in tuple(self._callbacks.get(topic, ())):
                callback()
