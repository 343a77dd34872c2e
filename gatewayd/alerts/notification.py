"""What Alertmanager says, as gatewayd understands it. Plain shapes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a group."""

    fingerprint: str
    """What its labels hash to: the same alert has the same one, always."""
    firing: bool
    """Otherwise it is resolved."""
    started_at: datetime
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.labels.get("alertname") or "alert"


@dataclass(frozen=True, slots=True)
class Notification:
    """What Alertmanager says of one group, at first, after changes and again after ``repeat_interval``."""

    receiver: str
    """Name of Alertmanager's receiver."""
    group_key: str
    """The group's name for programs; of any length."""
    alerts: tuple[Alert, ...]
    truncated: int = 0
    """How many more alerts the group has, which were left out for ``max_alerts``."""

    @property
    def digest(self) -> str:
        """The group's key in 64 characters."""
        return hashlib.sha256(self.group_key.encode()).hexdigest()
