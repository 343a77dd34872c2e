"""What to do with a notification for one list: nothing, tell it now, or at the end of the quiet hours. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gatewayd.alerts.matching import is_critical
from gatewayd.alerts.news import Kind, Known, News, beginnings, compare
from gatewayd.alerts.notification import Alert
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.alerts.view import Result


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a notification for one list."""

    result: Result
    news: News
    known: Known
    """What the list knows afterwards; without the names of new messages."""
    critical: bool
    """Whether something critical began or ended."""
    takes_back: tuple[str, ...] = ()
    """Names of the messages that were held and must not leave any more."""

    @property
    def speaks(self) -> bool:
        """Whether there are messages to send."""
        return self.result in (Result.TOLD, Result.HELD)


def decide(settings: OnCallSettings, known: Known, alerts: tuple[Alert, ...], now: datetime) -> Decision:
    """Decide upon a group's ``alerts``, as far as this list is told of them, where it knows what is ``known``."""
    firing = beginnings(alerts)
    heard = known.heard(now)
    news = compare(heard, alerts)
    critical = any(is_critical(alert, settings) for alert in (*news.new, *news.gone))
    if firing == known.firing:
        return Decision(Result.UNCHANGED, news, known, critical)
    held = known.messages if known.holds(now) else ()
    after = replace(known, firing=firing, told=heard, held_until=None, messages=())
    if news.kind is Kind.NOTHING:
        return Decision(Result.DROPPED, news, after, critical, held)
    if not news.new and not settings.resolved:
        # What is held speaks of alerts that are gone, or else there would be something new.
        return Decision(Result.DROPPED if held else Result.UNWANTED, news, after, critical, held)
    until = None if critical or settings.quiet is None else settings.quiet.until(now, settings.zone)
    if until is None:
        return Decision(Result.TOLD, news, after, critical, held)
    return Decision(Result.HELD, news, replace(after, held_until=until), critical, held)
