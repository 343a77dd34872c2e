"""How full the memories for received messages are: gauges for Prometheus, and an alarm before nothing fits any more.

A full memory makes the network hold messages back, and drop them after some days.
"""

from __future__ import annotations

from typing import Final

import structlog

from gatewayd.modem import metrics
from gatewayd.modem.ports import Mailbox, ModemStatus
from gatewayd.modem.storage import Usage

logger = structlog.get_logger()

_ALARM: Final = 0.8
"""Share of a memory from which on it counts as nearly full."""


class Watermark:
    """What is known about one modem's memories."""

    def __init__(self) -> None:
        self._usages: dict[str, Usage] = {}
        self._high: set[str] = set()

    async def measured(self, modem: ModemStatus, memory: str, usage: Usage, mailbox: Mailbox) -> None:
        """Take in how full a memory is; tell it on only where that has changed."""
        if self._usages.get(memory) == usage:
            return
        self._usages[memory] = usage
        metrics.STORAGE_USED.labels(modem.name, memory).set(usage.used)
        metrics.STORAGE_CAPACITY.labels(modem.name, memory).set(usage.total)
        await mailbox.storage(modem, memory, usage.used, usage.total)

    def judge(self, modem: str, memory: str) -> None:
        """Raise the alarm, once, for a memory that is nearly full after all that may be deleted is deleted."""
        usage = self._usages[memory]
        high = usage.total > 0 and usage.used >= _ALARM * usage.total
        if high and memory not in self._high:
            self._high.add(memory)
            logger.warning(
                "modem.storage_high", modem=modem, memory=memory, used=usage.used, total=usage.total
            )
        elif not high:
            self._high.discard(memory)
