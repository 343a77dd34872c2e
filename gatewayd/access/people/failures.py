"""Failed sign-ins for the audit: the first at once, a flood of them in one line every ten minutes.

Counted by the person who was tried, and together for names that there aren't: what stands in the name's field may be
somebody's password, so it is written nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from gatewayd import audit
from gatewayd.store.transaction import Tx

_WINDOW: Final = timedelta(minutes=10)
_ADDRESSES: Final = 10  # named in one line


@dataclass(slots=True)
class Tally:
    """Failures that are not yet written down."""

    since: datetime
    attempts: int = 0
    addresses: set[str] = field(default_factory=set)


class Failures:
    """What this process has seen fail. Bounded by the number of people."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._written: dict[str, datetime] = {}

    def note(self, name: str | None, address: str, now: datetime) -> None:
        """Count one; ``name`` is that of a person that there is."""
        subject = f"person:{name}" if name else "person:?"
        tally = self._tallies.setdefault(subject, Tally(now))
        tally.attempts += 1
        if len(tally.addresses) < _ADDRESSES:
            tally.addresses.add(address)

    def due(self, now: datetime, *, all_of_them: bool) -> list[tuple[str, Tally]]:
        """Take out what is to be written now: of whom nothing was written in the last ten minutes, or all."""
        due = [
            subject
            for subject in self._tallies
            if all_of_them or subject not in self._written or now - self._written[subject] >= _WINDOW
        ]
        self._written.update(dict.fromkeys(due, now))
        return [(subject, self._tallies.pop(subject)) for subject in due]


def record(tx: Tx, due: list[tuple[str, Tally]], now: datetime) -> None:
    """Write tallies into the audit."""
    for subject, tally in due:
        after: dict[str, Any] = {
            "attempts": tally.attempts,
            "since": tally.since.isoformat(),
            "addresses": sorted(tally.addresses),
        }
        audit.record(tx, actor="nobody", action="session.refused", object=subject, after=after, at=now)
