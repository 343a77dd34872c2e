"""Modems: what each one is and does, and steering it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gatewayd.access.roles import Permission
from gatewayd.queue.signals import Measured
from gatewayd.web.faults import obstacle
from gatewayd.web.forms import Form, form_of
from gatewayd.web.page import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

_MODES: Final = ("running", "draining", "paused")
_REASON_LENGTH: Final = 500
#: How many changes of a modem are shown, and for how long its signal.
_CHANGES: Final = 50
_SPAN: Final = timedelta(hours=24)
#: A gap between two measurements, from which on the line is interrupted: the daemon did not run.
_GAP: Final = timedelta(minutes=12)


async def show(visit: Visit) -> Response:
    """GET /admin/modems."""
    modems = await visit.services.queue.modems()
    obstacles = [
        obstacle(visit.formats.tongue, each.code, each.message) for each in visit.services.queue.obstacles()
    ]
    template = "_modems.html" if visit.request.headers.get("hx-target") == "found" else "modems.html"
    return visit.render(template, live=True, modems=modems, obstacles=obstacles)


async def one(visit: Visit) -> Response:
    """GET /admin/modems/{name}."""
    return await _page(visit, Form())


async def _page(visit: Visit, form: Form, *, status: int = 200) -> Response:
    name = visit.path["name"]
    modem = await visit.services.queue.modem(name)
    history = await visit.services.feed.latest(name, _CHANGES)
    measured = await visit.services.signals.of(name, _SPAN)
    part = visit.request.headers.get("hx-target") == "modem"
    return visit.render(
        "_modem.html" if part else "modem.html",
        status=status,
        live=True,
        form=form,
        modem=modem,
        history=history,
        points=_points(measured, visit.services.clock.now()),
    )


async def steer(visit: Visit) -> Response:
    """POST /admin/modems/{name}/mode: pause, drain or set running, with a reason."""
    form = await form_of(visit.request)
    mode, reason = form.get("mode"), form.get("reason").strip()
    if mode not in _MODES:
        form.errors["mode"] = visit.say("This is none of the choices.")
    if len(reason) > _REASON_LENGTH:
        form.errors["reason"] = visit.say("Use up to %(most)s characters.", most=_REASON_LENGTH)
    if form.errors:
        return await _page(visit, form, status=422)
    name = visit.path["name"]
    await visit.services.queue.set_mode(name, mode, actor=visit.person.actor, reason=reason or None)
    return visit.go(f"/admin/modems/{name}?notice=saved")


def _points(measured: list[Measured], now: datetime) -> list[tuple[float, float | None]]:
    """The measurements as a chart takes them, interrupted where there are none."""
    points: list[tuple[float, float | None]] = []
    before: datetime | None = None
    for each in measured:
        place = 1 - (now - each.at) / _SPAN
        if before is not None and each.at - before > _GAP:
            points.append((place, None))
        points.append((place, each.dbm))
        before = each.at
    return points


PAGES = (
    Page("GET", "/modems", show, Permission.LOOK),
    Page("GET", "/modems/{name}", one, Permission.LOOK),
    Page("POST", "/modems/{name}/mode", steer, Permission.STEER),
)
