"""The configuration in force: what each key is, and who says so."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from gatewayd.access.roles import Permission
from gatewayd.web.page import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response


async def show(visit: Visit) -> Response:
    """GET /admin/settings."""
    settings = visit.services.configured.settings
    sections = [(name, list(keys)) for name, keys in groupby(settings, key=lambda each: each.section)]
    return visit.render("settings.html", sections=sections)


PAGES = (Page("GET", "/settings", show, Permission.LOOK),)
