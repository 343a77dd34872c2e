"""Received messages: the newest, and the conversation with one number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gatewayd.access.roles import Permission
from gatewayd.http.paging import decode_cursor, encode_cursor
from gatewayd.message import State
from gatewayd.queue.inbox import InboxQuery
from gatewayd.queue.view import Query
from gatewayd.web.forms import Form
from gatewayd.web.page import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

#: Messages of either direction that a conversation shows.
_THREAD: Final = 100


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of a conversation."""

    at: datetime
    text: str | None
    ours: bool
    state: State | None = None
    id: str | None = None
    """Of one of ours, for the link to it."""
    keyword: str | None = None
    missing: int = 0


async def show(visit: Visit) -> Response:
    """GET /admin/inbox: the newest first, searched by sender and words."""
    params = visit.request.query_params
    form = Form({name: params.get(name, "").strip() for name in ("sender", "q")})
    after = decode_cursor(params["after"]) if params.get("after") else None
    query = InboxQuery(
        sender=form.get("sender").replace(" ", "") or None,
        text=form.get("q") or None,
        limit=visit.services.settings.rows,
        after=after,
    )
    page = await visit.services.queue.inbox.find(query)
    searched = "".join(f"&{name}={quote(form.get(name))}" for name in ("sender", "q") if form.get(name))
    return visit.render(
        "_inbox.html" if visit.request.headers.get("hx-target") == "found" else "inbox.html",
        live=True,
        form=form,
        page=page,
        searched=bool(searched),
        address=f"/admin/inbox?{searched}",
        following=f"/admin/inbox?after={encode_cursor(*page.next)}{searched}" if page.next else None,
    )


async def thread(visit: Visit) -> Response:
    """GET /admin/inbox/{number}: what was received from a number, and what was sent to it."""
    number = visit.path["number"]
    received = await visit.services.queue.inbox.find(InboxQuery(sender=number, limit=_THREAD))
    sent = await visit.services.queue.find(Query(recipient=number, limit=_THREAD))
    bubbles = [
        Bubble(message.received_at, message.text, False, keyword=message.keyword, missing=message.missing)
        for message in received.messages
    ]
    bubbles += [
        Bubble(message.sent_at or message.created_at, message.text, True, message.state, message.id)
        for message in sent.messages
    ]
    return visit.render(
        "_thread.html" if visit.request.headers.get("hx-target") == "thread" else "thread.html",
        live=True,
        number=number,
        bubbles=sorted(bubbles, key=lambda bubble: bubble.at)[-_THREAD:],
        cut=received.next is not None or sent.next is not None,
    )


PAGES = (
    Page("GET", "/inbox", show, Permission.LOOK),
    Page("GET", "/inbox/{number}", thread, Permission.LOOK),
)
