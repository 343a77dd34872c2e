"""Verifying a whole database: every package's checks, one after the other, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatewayd.audit import checking as audit
from gatewayd.events import checking as events
from gatewayd.queue import checking as queue
from gatewayd.store.checking import Check, check_file

#: By name, in the order in which they are made.
CHECKS: Final[Mapping[str, Check]] = {
    "file": check_file,
    "audit": audit.check,
    "events": events.check,
    "accepted": queue.check_accepted,
    "messages": queue.check_messages,
    "backlog": queue.check_backlog,
    "steering": queue.check_steering,
}
