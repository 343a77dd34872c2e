"""Messages that are half sent through a modem, or a SIM, that is gone, or going.

The other parts can't follow through another SIM: handsets put together only what one sender sent. So such a message
waits for its SIM to come back, and fails as ``partial`` when that takes too long.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from gatewayd.message import State
from gatewayd.queue.lifecycle import move
from gatewayd.queue.records import control, outcomes, turns
from gatewayd.queue.routing import only
from gatewayd.store.transaction import Tx


def fail_stranded(tx: Tx, modem: str, patience: timedelta, at: datetime) -> int:
    """Fail, as ``partial``, what has some parts sent through ``modem`` and none under way; return how many.

    The modem is away. What came back to the queue meanwhile, as from doubt, has waited for ``patience`` at least.
    """
    rows = [row for row in _between_parts(tx, modem) if row.updated_at + patience <= at]
    for row in rows:
        fail_partial(tx, row, f"modem {modem} went away", at)
    return len(rows)


def fail_orphans(tx: Tx, modems: Collection[str], at: datetime) -> int:
    """Fail what has some parts sent through a modem that is none of the configured ``modems``; return how many."""
    failed = 0
    for modem in [row.modem for row in control.begun_by.all(tx, {}) if row.modem not in modems]:
        for row in _between_parts(tx, modem):
            fail_partial(tx, row, f"modem {modem} left the configuration", at)
            failed += 1
    return failed


def _between_parts(tx: Tx, modem: str) -> list[Any]:
    return [
        row
        for row in control.begun.all(tx, {"modem": modem})
        if outcomes.unsettled_of.first(tx, {"message_seq": row.seq}) is None
    ]


def half_sent(tx: Tx, modem: str, sim: str | None, at: datetime) -> tuple[Any | None, datetime | None]:
    """What ``modem`` has begun and put back: the message that may go on now, or else when one may.

    What waits for another SIM, or was stopped by a person, is left aside: nobody knows when that ends.
    """
    waiting = []
    for row in control.begun.all(tx, {"modem": modem}):
        if row.state != State.QUEUED or is_stranger(tx, sim, row):
            continue
        if row.expires_at is not None and row.expires_at <= at:
            move(tx, row, State.EXPIRED, at)
        elif row.wait_reason in (None, "order"):
            # It has passed whoever stands before it in its lane already, with its first parts.
            return row, None
        elif row.not_before is not None and row.wait_reason in ("retry", "quota", "doubt"):
            waiting.append(row.not_before)
    return None, min(waiting, default=None)


def fail_partial(tx: Tx, row: Any, what: str, at: datetime) -> None:
    """Fail the half-sent message ``row``, because ``what`` happened after its first parts."""
    text = f"{row.parts_sent} of {row.parts} parts were sent before {what}"
    move(tx, row, State.FAILED, at, error="partial", error_text=text)


def is_stranger(tx: Tx, sim: str | None, row: Any) -> bool:
    """Whether parts of the message ``row`` are out, or may be, on another SIM than ``sim``.

    A SIM that doesn't tell its ICCID is taken for the one that was there before.
    """
    if row.parts == 1 or None in (sim, row.sim) or sim == row.sim:
        return False
    return bool(turns.parts_of.all(tx, {"message_seq": row.seq}))


def set_strangers_aside(tx: Tx, modem: str, sim: str | None, patience: timedelta, at: datetime) -> None:
    """Put back into the queue what ``modem`` has begun on another SIM than ``sim``; it waits there for its own.

    It waits ``patience`` at most: the claim that finds it ready again then sees whether its SIM is back.
    """
    if sim is None:
        return
    for row in turns.strangers.all(tx, {"modem": modem, "sim": sim}):
        if row.cancel_requested:
            move(tx, row, State.CANCELLED, at)
            continue
        parked: dict[str, Any] = {"wait_reason": "sim", "not_before": at + patience}
        move(tx, row, State.QUEUED, at, route=only(modem), **parked)


def sim_came_back(tx: Tx, modem: str) -> None:
    """Let what waits for a SIM in ``modem`` look again which one is there."""
    turns.unpark_sim.change(tx, {"b_modem": modem})
