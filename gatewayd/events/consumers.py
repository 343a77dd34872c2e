"""How far each consumer has read the feed: a cursor that moves in the transaction that handles the events."""

from __future__ import annotations

from gatewayd.events import records
from gatewayd.events.feed import last
from gatewayd.store.transaction import Tx


class CursorMovedBack(Exception):
    """A consumer that doesn't exist was advanced, or one was set back: a defect of the caller."""


def register(tx: Tx, name: str, *, from_start: bool = False) -> int:
    """Make the consumer ``name`` unless it exists, and return its cursor.

    A new one begins with the next event, or with the first one kept.
    """
    cursor: int | None = records.CURSOR.scalar(tx, {"name": name})
    if cursor is not None:
        return cursor
    cursor = 0 if from_start else last(tx)
    records.INSERT_CONSUMER.change(tx, {"name": name, "cursor": cursor})
    return cursor


def advance(tx: Tx, name: str, cursor: int) -> None:
    """Record that ``name`` has handled everything up to ``cursor``. Raises CursorMovedBack."""
    if records.ADVANCE.change(tx, {"consumer": name, "to": cursor}) != 1:
        raise CursorMovedBack(f"consumer {name!r} can't be moved to {cursor}")
