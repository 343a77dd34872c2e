"""Who did what: the audit, and whether its chain holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gatewayd.access.roles import Permission
from gatewayd.web.forms import Form
from gatewayd.web.page import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

_FIELDS = ("actor", "subject")


async def show(visit: Visit) -> Response:
    """GET /admin/audit: the newest first, by who did it or what it was done to."""
    params = visit.request.query_params
    form = Form({name: params.get(name, "").strip() for name in _FIELDS})
    before = params.get("before", "")
    rows = visit.services.settings.rows
    entries = await visit.services.access.audit(
        limit=rows,
        before=int(before) if before.isdecimal() else None,
        actor=form.get("actor") or None,
        subject=form.get("subject") or None,
    )
    searched = {name: form.get(name) for name in _FIELDS if form.get(name)}
    older = {"before": str(entries[-1].seq)} if len(entries) == rows else None
    return visit.render(
        "audit.html",
        form=form,
        entries=entries,
        told=_told,
        following=f"/admin/audit?{urlencode(searched | older)}" if older else None,
    )


async def verify(visit: Visit) -> Response:
    """GET /admin/audit/verified: follow the whole chain now."""
    verdict = await visit.services.access.verify_audit()
    return visit.render("_audit_verified.html", verdict=verdict)


def _told(value: dict[str, Any] | None) -> str:
    """What was, or is, as people can read it."""
    if not value:
        return ""
    return ", ".join(
        f"{name}: {each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)}"
        for name, each in value.items()
    )


PAGES = (
    Page("GET", "/audit", show, Permission.LOOK),
    Page("GET", "/audit/verified", verify, Permission.LOOK),
)
