"""What a person, or a fault that needs one, told a modem to do: run, finish what was begun, or stand still."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime
from typing import Any

from gatewayd.audit import trail
from gatewayd.events import feed
from gatewayd.queue.records import control
from gatewayd.store.transaction import Tx


class Mode(enum.StrEnum):
    """Whether a modem may claim."""

    RUNNING = "running"
    DRAINING = "draining"
    """Finishes what it has begun, then pauses."""
    PAUSED = "paused"
    """By a person."""
    STOPPED = "stopped"
    """By a fault of SIM or account; a person sets it running again."""


def all_modes(tx: Tx) -> dict[str, Any]:
    """The row of every modem whose mode was ever changed, by name."""
    return {row.modem: row for row in control.all_modes.all(tx, {})}


TakeOver = Callable[[Mode, str | None], None]
"""What is told of a mode, with its reason, once it is on disk."""


def set_mode(
    tx: Tx, modem: str, mode: Mode, take_over: TakeOver, *, actor: str, reason: str | None, at: datetime
) -> None:
    """Write the mode, the audit and an event.

    ``take_over`` comes with the COMMIT: of two who set the mode at once, the later one counts in memory as on the disk.
    """
    before = control.find_mode.first(tx, {"modem": modem})
    control.set_mode.change(
        tx, {"modem": modem, "mode": mode, "reason": reason, "changed_by": actor, "changed_at": at}
    )
    trail.record(
        tx,
        actor=actor,
        action=f"modem.{mode}",
        object=f"modem:{modem}",
        reason=reason,
        before={"mode": before.mode if before else Mode.RUNNING},
        after={"mode": mode},
        at=at,
    )
    feed.append(
        tx,
        f"modem.{mode}",
        subject=modem,
        client_id=None,
        data={"mode": mode, "reason": reason, "by": actor},
        at=at,
    )
    tx.after_commit(lambda: take_over(mode, reason))


def end_draining(tx: Tx, modem: str, take_over: TakeOver, at: datetime) -> None:
    """Pause a modem that has finished what it had begun, unless somebody has changed its mode meanwhile."""
    row = control.find_mode.first(tx, {"modem": modem})
    if row is not None and row.mode == Mode.DRAINING:
        set_mode(tx, modem, Mode.PAUSED, take_over, actor="gatewayd", reason=row.reason, at=at)
