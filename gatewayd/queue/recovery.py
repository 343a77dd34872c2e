"""What a start makes of what the process before it left behind, in one transaction before anything is sent.

An attempt that was never armed was provably not sent: its message goes back. One that was armed may have been:
its part is in doubt. Arrays that were never answered vanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gatewayd.message import State
from gatewayd.queue.arming import conclude_part, withdraw
from gatewayd.queue.records import accepting, control, outcomes, turns
from gatewayd.queue.retry import Decision, Reaction
from gatewayd.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found."""

    withdrawn: int
    """Attempts that were certainly not sent."""
    in_doubt: int
    """Attempts that may have been sent."""
    staged: int
    """Messages of unanswered arrays."""
    armed_modems: frozenset[str]
    """Modems whose last 0x1A may have been written at any moment before this start: they wait a full interval."""


_DOUBT = Decision(
    state=State.IN_DOUBT,
    spent=False,
    delay=0.0,
    wait_reason=None,
    reaction=Reaction.GO_ON,
    rest=0.0,
    error="unknown",
    error_text="gatewayd was stopped while the modem was submitting it",
    failing=False,
)


def recover(tx: Tx, at: datetime) -> Recovered:
    """Settle every unsettled attempt; remove what was only staged; let parked lanes look again."""
    armed: set[str] = set()
    withdrawn = in_doubt = 0
    for attempt in outcomes.unsettled.all(tx, {}):
        if attempt.armed_at is None:
            withdraw(tx, attempt, "restart", at)
            withdrawn += 1
        else:
            _doubt(tx, attempt, at)
            armed.add(attempt.modem)
            in_doubt += 1
    staged = accepting.delete_staged.change(tx, {})
    control.unpark_all.change(tx, {})
    return Recovered(withdrawn, in_doubt, staged, frozenset(armed))


def _doubt(tx: Tx, attempt: Any, at: datetime) -> None:
    outcomes.settle.change(
        tx,
        {
            "b_attempt": attempt.seq,
            "b_at": at,
            "outcome": "unknown",
            "phase": "submitted",
            "fault": None,
            "fault_text": _DOUBT.error_text,
            "mr": None,
            "seconds": None,
        },
    )
    row = turns.load.first(tx, {"seq": attempt.message_seq})
    if row is not None and row.state == State.SENDING:
        conclude_part(tx, row, attempt.part, _DOUBT, at)
