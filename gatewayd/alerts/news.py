"""What is new about a group for those who were told of it before. Pure.

Alertmanager speaks of a group again after ``repeat_interval``, after a failed try, and from each member of a cluster.
A list hears of it only where the set of firing alerts is another than the one that it knows; an alert is the same one
as long as its labels (fingerprint) and its beginning are.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gatewayd.alerts.notification import Alert

#: When each firing alert began, by fingerprint.
Firing = Mapping[str, datetime]


class Kind(enum.StrEnum):
    """What there is to say."""

    FIRING = "firing"
    """Alerts, of which none is known yet."""
    UPDATED = "updated"
    """Some are known already; others have come, or are gone."""
    RESOLVED = "resolved"
    """Nothing fires any more."""
    NOTHING = "nothing"
    """What is known is still so."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a list knows of a group."""

    firing: Firing = field(default_factory=dict)
    """As of its last notice, left or held."""
    told: Firing = field(default_factory=dict)
    """As of its last notice but the one that is held."""
    held_until: datetime | None = None
    messages: tuple[str, ...] = ()
    """Names of the last notice's messages."""
    notices: int = 0
    told_at: datetime | None = None
    """When the last notice was queued."""

    def holds(self, now: datetime) -> bool:
        """Whether the last notice has not left yet, and can be taken back."""
        return self.held_until is not None and now < self.held_until

    def heard(self, now: datetime) -> Firing:
        """What the people on the list know fires."""
        return self.told if self.holds(now) else self.firing


@dataclass(frozen=True, slots=True)
class News:
    """The difference between what a list knows and what is."""

    kind: Kind
    firing: tuple[Alert, ...]
    """All that fires now, what is new first."""
    new: tuple[Alert, ...]
    """What fires and is not known."""
    gone: tuple[Alert, ...]
    """What is known and does not fire any more, as far as Alertmanager still tells of it."""
    ended: int
    """How many are gone, told of or not."""

    @property
    def subject(self) -> tuple[Alert, ...]:
        """The alerts that are spoken of."""
        return self.new or self.gone or self.firing


def beginnings(alerts: tuple[Alert, ...]) -> dict[str, datetime]:
    """When each of the firing ``alerts`` began."""
    return {alert.fingerprint: alert.started_at for alert in alerts if alert.firing}


def compare(heard: Firing, alerts: tuple[Alert, ...]) -> News:
    """What is new in ``alerts``, a group's alerts as far as the list is told of them, for people who ``heard`` that."""
    firing = tuple(alert for alert in alerts if alert.firing)
    new = tuple(alert for alert in firing if heard.get(alert.fingerprint) != alert.started_at)
    old = tuple(alert for alert in firing if heard.get(alert.fingerprint) == alert.started_at)
    kept = {alert.fingerprint for alert in old}
    ended = heard.keys() - kept
    gone = tuple(alert for alert in alerts if not alert.firing and alert.fingerprint in ended)
    return News(_kind(bool(new), bool(old), bool(ended)), (*new, *old), new, gone, len(ended))


def _kind(new: bool, old: bool, ended: bool) -> Kind:
    if not (new or ended):
        return Kind.NOTHING
    if old:
        return Kind.UPDATED
    return Kind.FIRING if new else Kind.RESOLVED
