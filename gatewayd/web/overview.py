"""The first page: what waits, what left, what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gatewayd.access.roles import Permission
from gatewayd.queue.activity import Slot
from gatewayd.queue.view import ModemView
from gatewayd.web.charts import Bar
from gatewayd.web.faults import obstacle
from gatewayd.web.page import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

_DAYS = 7
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person."""

    text: str
    path: str
    tone: str


async def show(visit: Visit) -> Response:
    """GET /admin/."""
    return visit.render("overview.html", live=True, **await _content(visit))


async def parts(visit: Visit) -> Response:
    """GET /admin/overview: the live part alone."""
    return visit.render("_overview.html", **await _content(visit))


async def _content(visit: Visit) -> dict[str, Any]:
    services, now = visit.services, visit.services.clock.now()
    depth = await services.queue.depth()
    modems = await services.queue.modems()
    hours = await services.queue.activity(_whole_hours(now))
    days = await services.queue.activity(_whole_days(visit, now))
    return {
        "depth": depth,
        "waiting": sum(depth.waiting.values()),
        "waiting_parts": sum(depth.parts.values()),
        "last_leaves": services.queue.drained_at(depth),
        "oldest": min(depth.oldest.values(), default=None),
        "modems": modems,
        "needs": await _needs(visit, depth.in_doubt, modems, days),
        "hours": _bars(visit, hours, by_hour=True),
        "days": _bars(visit, days, by_hour=False),
        "today": days[-1],
    }


async def _needs(visit: Visit, in_doubt: int, modems: list[ModemView], days: list[Slot]) -> list[Need]:
    count = visit.formats.tongue.count
    needs = [
        Need(obstacle(visit.formats.tongue, each.code, each.message), "/admin/modems", "bad")
        for each in visit.services.queue.obstacles()
    ]
    if in_doubt:
        text = count("%(num)d message is in doubt", "%(num)d messages are in doubt", in_doubt)
        needs.append(Need(text % {"num": in_doubt}, "/admin/errors?state=in_doubt", "care"))
    if failed := days[-1].failed:
        text = count("%(num)d message failed today", "%(num)d messages failed today", failed)
        needs.append(Need(text % {"num": failed}, "/admin/errors", "bad"))
    needs += [
        Need(
            visit.say("%(modem)s is stopped", modem=modem.status.name),
            f"/admin/modems/{modem.status.name}",
            "bad",
        )
        for modem in modems
        if modem.mode == "stopped"
    ]
    survey = await visit.services.webhooks.survey()
    if letters := survey.dead_letters:
        text = count(
            "%(num)d event was given up by webhooks", "%(num)d events were given up by webhooks", letters
        )
        needs.append(Need(text % {"num": letters}, "/admin/webhooks", "care"))
    return needs


def _whole_hours(now: datetime) -> list[datetime]:
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return [end - timedelta(hours=hours) for hours in range(_HOURS, -1, -1)]


def _whole_days(visit: Visit, now: datetime) -> list[datetime]:
    """Where the last days begin here, and the end of today: not all of them have 24 hours."""
    today = visit.formats.day_of(now)
    return [visit.formats.start_of(today + timedelta(days=days)) for days in range(1 - _DAYS, 2)]


def _bars(visit: Visit, slots: list[Slot], *, by_hour: bool) -> list[Bar]:
    formats = visit.formats
    bars = []
    for slot in slots:
        label = formats.time(slot.at)[:2] if by_hour else formats.weekday(slot.at)
        when = formats.moment(slot.at)[:-3] if by_hour else formats.day(slot.at)
        title = visit.say(
            "%(when)s: %(sent)s sent, %(failed)s not", when=when, sent=slot.sent, failed=slot.failed
        )
        bars.append(Bar(label, slot.sent, slot.failed, title))
    return bars


PAGES = (
    Page("GET", "/", show, Permission.LOOK),
    Page("GET", "/overview", parts, Permission.LOOK),
)
