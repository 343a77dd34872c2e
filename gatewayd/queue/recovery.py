"""What a start makes of what the process before it left behind, in one transaction before anything is sent.

An attempt that was never armed was provably not sent: its message goes back. One that was armed may have been:
its part is in doubt. Arrays that were never answered vanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gatewayd.queue.arming import withdraw
from gatewayd.queue.impounding import impound
from gatewayd.queue.records import accepting, control, outcomes
from gatewayd.queue.reports import follow_up
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


_CUT_OFF = "gatewayd was stopped while the modem was submitting it"


def recover(tx: Tx, at: datetime) -> Recovered:
    """Settle every unsettled attempt; remove what was only staged; let parked lanes look again."""
    armed: set[str] = set()
    withdrawn = in_doubt = 0
    for attempt in outcomes.unsettled.all(tx, {}):
        if attempt.armed_at is None:
            withdraw(tx, attempt, "restart", at)
            withdrawn += 1
        else:
            impound(tx, attempt, _CUT_OFF, at)
            follow_up(tx, attempt.message_seq, at)
            armed.add(attempt.modem)
            in_doubt += 1
    staged = accepting.delete_staged.change(tx, {})
    control.unpark_all.change(tx, {})
    return Recovered(withdrawn, in_doubt, staged, frozenset(armed))
