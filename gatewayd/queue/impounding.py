"""Putting a part in doubt whose attempt was cut off: by the end of the process, or by a rule that was broken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gatewayd.message import State
from gatewayd.modem.ports import Said
from gatewayd.queue.arming import conclude_part
from gatewayd.queue.dialogue import written
from gatewayd.queue.records import outcomes, turns
from gatewayd.queue.retry import Decision, Reaction
from gatewayd.store.transaction import Tx


def impound(
    tx: Tx,
    attempt: Any,
    why: str,
    at: datetime,
    *,
    mr: int | None = None,
    dialogue: Sequence[Said] = (),
) -> None:
    """Settle an ``attempt`` (``seq``, ``message_seq``, ``part``) as unknown, and its part as in doubt.

    Nothing here asserts anything, since it also follows a broken rule: what is already settled stays as it is, and
    so does a message that is over. ``mr``: the TP-MR, where the modem told it, for evidence that comes later;
    ``dialogue``: what was said, where that is known.
    """
    outcomes.settle.change(
        tx,
        {
            "b_attempt": attempt.seq,
            "b_at": at,
            "outcome": "unknown",
            "phase": "submitted",
            "fault": None,
            "fault_text": why,
            "mr": mr,
            "seconds": None,
            "dialogue": written(dialogue),
        },
    )
    row = turns.load.first(tx, {"seq": attempt.message_seq})
    if row is None or row.state not in (State.SENDING, State.QUEUED):
        return
    known = {number for number, _ in turns.parts_of.all(tx, {"message_seq": row.seq})}
    if attempt.part not in known:
        conclude_part(tx, row, attempt.part, _in_doubt(why), at, mr=mr)


def _in_doubt(why: str) -> Decision:
    return Decision(
        state=State.IN_DOUBT,
        spent=False,
        delay=0.0,
        wait_reason=None,
        reaction=Reaction.GO_ON,
        rest=0.0,
        error="unknown",
        error_text=why,
        failing=False,
    )
