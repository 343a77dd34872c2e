"""What a person, or a fault that needs one, told a modem to do: run, finish what was begun, or stand still."""

from __future__ import annotations

import enum
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
    """Finishes the message that it has begun, then pauses."""
    PAUSED = "paused"
    """By a person."""
    STOPPED = "stopped"
    """By a fault of SIM or account; a person sets it running again."""


def all_modes(tx: Tx) -> dict[str, Any]:
    """The row of every modem whose mode was ever changed, by name."""
    return {row.modem: row for row in control.all_modes.all(tx, {})}


def set_mode(tx: Tx, modem: str, mode: Mode, *, actor: str, reason: str | None, at: datetime) -> None:
    """Write the mode, the audit and an event."""
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
