"""Messages that are half sent through a modem that stays away."""

from __future__ import annotations

from datetime import datetime

from gatewayd.message import State
from gatewayd.queue.lifecycle import move
from gatewayd.queue.records import control, outcomes
from gatewayd.store.transaction import Tx


def fail_stranded(tx: Tx, modem: str, at: datetime) -> int:
    """Fail, as ``partial``, what has some parts sent through ``modem`` and none under way; return how many.

    The other parts can't follow through another SIM: handsets put together only what one sender sent.
    """
    rows = [
        row
        for row in control.begun.all(tx, {"modem": modem})
        if outcomes.unsettled_of.first(tx, {"message_seq": row.seq}) is None
    ]
    for row in rows:
        text = f"{row.parts_sent} of {row.parts} parts were sent before modem {modem} went away"
        move(tx, row, State.FAILED, at, error="partial", error_text=text)
    return len(rows)
