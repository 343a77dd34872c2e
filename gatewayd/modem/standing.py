"""Where one modem stands: its status, told to the log, the metrics and whoever watches, when it changes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import structlog

from gatewayd.clock import Clock
from gatewayd.modem import metrics
from gatewayd.modem.ports import LinkState, ModemStatus

logger = structlog.get_logger()


class Standing:
    """Holds a modem's ``status``; ``on_change`` is called after each change."""

    def __init__(self, name: str, port: str, clock: Clock, on_change: Callable[[], None]) -> None:
        self._clock = clock
        self._on_change = on_change
        self.status = ModemStatus(name, LinkState.ABSENT, clock.now(), reason="not looked for yet", port=port)
        self._measure()

    def move(self, state: LinkState, reason: str | None = None) -> None:
        """Be in ``state`` because of ``reason``. Nothing is said or logged where both are the same as before."""
        status = self.status
        if (state, reason) == (status.state, status.reason):
            return
        since = status.since if state is status.state else self._clock.now()
        log = logger.info if state in (LinkState.READY, LinkState.STARTING) else logger.warning
        log("modem.state", modem=status.name, state=state.value, reason=reason)
        self._replace(state=state, reason=reason, since=since)

    def learn(self, **facts: Any) -> None:
        """Take in facts about the modem, by the names of ``ModemStatus``."""
        self._replace(**facts)

    def _replace(self, **changes: Any) -> None:
        status = dataclasses.replace(self.status, **changes)
        if status != self.status:
            self.status = status
            self._measure()
            self._on_change()

    def _measure(self) -> None:
        status = self.status
        up = status.state in (LinkState.READY, LinkState.SEARCHING)
        metrics.UP.labels(status.name).set(up)
        metrics.REGISTERED.labels(status.name).set(status.state is LinkState.READY)
        metrics.SIGNAL.labels(status.name).set(math.nan if status.signal_dbm is None else status.signal_dbm)
