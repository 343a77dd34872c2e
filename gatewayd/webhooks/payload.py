"""What goes over the wire: one event as JSON, the same octets at every try."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Protocol

from gatewayd.events import Event
from gatewayd.store.schema import to_microseconds
from gatewayd.store.transaction import Tx

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class Describe(Protocol):
    """Says more about what an event is about than the event itself does: implemented by those who own it."""

    def __call__(self, tx: Tx, event: Event, *, include_text: str) -> dict[str, Any]:
        """What JSON can hold; ``include_text`` is ``none``, ``received`` or ``all``."""
        ...


def event_id(seq: int, at: datetime) -> str:
    """The name of an event for receivers, the same at every try.

    The time in it tells gateways apart, and events of a restored copy from those that the original had after it.
    """
    return f"evt_{seq}_{to_microseconds(at):x}"


def body(kind: str, at: datetime, data: dict[str, Any], *, seq: int | None = None) -> bytes:
    """The body of a request, in the specification's form; ``seq`` is the event's place in the feed."""
    whole: dict[str, Any] = {"type": kind, "timestamp": rfc3339(at), "data": data}
    if seq is not None:
        whole["seq"] = seq
    return _encode(whole).encode()


def rfc3339(at: datetime) -> str:
    """A time as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
