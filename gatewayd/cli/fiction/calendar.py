"""The clock of the fictitious month: it shows what the plan says, and never moves by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import trio


@dataclass
class Calendar:
    """A ``Clock`` that is set."""

    at: datetime
    boot_id: str = "fiction"

    def now(self) -> datetime:
        """What the plan has come to."""
        return self.at

    def monotonic(self) -> float:
        """Seconds on trio's clock."""
        return trio.current_time()

    def boottime(self) -> float:
        """Seconds of a machine that runs since 1970."""
        return self.at.timestamp()
