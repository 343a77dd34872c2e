"""What the pages are made of: the same domain objects that the API answers with."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gatewayd.access.people.service import People
from gatewayd.access.service import Access
from gatewayd.batches.service import Batches
from gatewayd.clock import Clock
from gatewayd.events.reader import FeedReader
from gatewayd.queue.service import Queue
from gatewayd.queue.signals import SignalLog
from gatewayd.templates.service import Templates
from gatewayd.web.configured import Configured
from gatewayd.web.settings import WebSettings
from gatewayd.webhooks.service import Webhooks


@dataclass(frozen=True, slots=True)
class Services:
    """One object for the whole process."""

    queue: Queue
    access: Access
    people: People
    batches: Batches
    templates: Templates
    webhooks: Webhooks
    feed: FeedReader
    signals: SignalLog
    clock: Clock
    settings: WebSettings
    configured: Configured
    region: str = "ZZ"
    """Country of numbers that are typed without `+`; ``ZZ``: none."""

    @property
    def zone(self) -> ZoneInfo:
        """In which times are shown."""
        return ZoneInfo(self.settings.timezone)
