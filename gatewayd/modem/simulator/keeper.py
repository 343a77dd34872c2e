"""Writes down what the simulated modem must not forget, soon after it has changed; see ``state``."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Final

from gatewayd.modem.simulator import state
from gatewayd.modem.simulator.modem import Modem

_GAP: Final = 0.2
"""Seconds between two times that it is written, at least: under load it changes with each message."""


class Keeper:
    """Keeps a modem's state beside ``ledger``, from which it is restored at once; without one, nothing is kept."""

    def __init__(self, ledger: Path | None, modem: Modem) -> None:
        self._path = None if ledger is None else state.beside(ledger)
        self._modem = modem
        self._saved_at = -math.inf
        if self._path is not None:
            self._restore(state.load(self._path))
        self._saved = self._changes

    @property
    def due(self) -> float:
        """When to save at the latest: monotonic seconds; infinity: there is nothing to save."""
        return self._saved_at + _GAP if self._path is not None and self._changes != self._saved else math.inf

    def save_in_time(self, now: float) -> None:
        """Save if that is due. Raises OSError."""
        if self.due <= now:
            self._saved_at = now
            self.save()

    def save(self) -> None:
        """Save what has changed. Raises OSError."""
        if self._path is None or self._changes == self._saved:
            return
        self._saved = self._changes
        equipment = self._modem.equipment
        inbound = equipment.inbound
        wall = time.time() - time.monotonic()
        state.save(
            self._path,
            state.State(
                memories={name: memory.messages for name, memory in equipment.memories.items()},
                held=[*inbound.unacknowledged, *inbound.held],
                reports=[(due + wall, pdu) for due, pdu in self._modem.reports],
            ),
        )

    @property
    def _changes(self) -> int:
        return self._modem.equipment.inbound.changes

    def _restore(self, kept: state.State) -> None:
        equipment = self._modem.equipment
        for name, messages in kept.memories.items():
            if name in equipment.memories:
                equipment.memories[name].messages.update(messages)
        equipment.inbound.restore(kept.held)
        wall = time.time() - time.monotonic()
        self._modem.restore_reports([(due - wall, pdu) for due, pdu in kept.reports])
