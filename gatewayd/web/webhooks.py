"""Webhooks: whom the gateway tells of what happens, how each one fares, and what it gave up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gatewayd.access.roles import Permission
from gatewayd.errors import Conflict, InvalidRequest
from gatewayd.web.forms import Form, form_of
from gatewayd.web.page import Page, Visit
from gatewayd.web.words import CONDITIONS
from gatewayd.webhooks.kinds import FAMILIES
from gatewayd.webhooks.view import Caller, Changes, Draft, IncludeText

if TYPE_CHECKING:
    from starlette.responses import Response

    from gatewayd.webhooks.view import Issued, TestResult

_HOME: Final = "/admin/webhooks"
_FIELDS: Final = ("url", "events", "description", "client", "clients", "include_text")
_LETTERS: Final = 100


def _caller(visit: Visit) -> Caller:
    return Caller(visit.person.actor, None, may_read_inbox=True)


async def show(visit: Visit) -> Response:
    """GET /admin/webhooks."""
    return await _list(visit, Form({"events": "*"}))


async def _list(visit: Visit, form: Form, *, status: int = 200) -> Response:
    webhooks = await visit.services.webhooks.list(_caller(visit))
    clients = [client.name for client in await visit.services.access.clients()]
    return visit.render(
        "webhooks.html",
        status=status,
        form=form,
        webhooks=webhooks,
        conditions=CONDITIONS,
        clients=[(name, name) for name in clients],
        families=FAMILIES,
    )


async def create(visit: Visit) -> Response:
    """POST /admin/webhooks: the one page that ever shows its secret."""
    form = await form_of(visit.request)
    draft = Draft(
        url=form.get("url").strip(),
        events=tuple(form.get("events").replace(",", " ").split()) or ("*",),
        client=form.get("client") or None,
        description=form.get("description").strip(),
    )
    try:
        issued = await visit.services.webhooks.create(_caller(visit), draft)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=_FIELDS)
        return await _list(visit, form, status=422)
    except Conflict as conflict:
        form.problem = visit.excuse(conflict)
        return await _list(visit, form, status=409)
    return await _page(visit, issued.webhook.id, issued=issued)


async def one(visit: Visit) -> Response:
    """GET /admin/webhooks/{id}."""
    return await _page(visit, visit.path["id"])


async def _page(
    visit: Visit,
    id_: str,
    *,
    form: Form | None = None,
    status: int = 200,
    issued: Issued | None = None,
    tested: TestResult | None = None,
) -> Response:
    caller, webhooks = _caller(visit), visit.services.webhooks
    webhook = await webhooks.get(caller, id_)
    letters = await webhooks.dead_letters(caller, id_, limit=_LETTERS)
    typed = {
        "url": webhook.url,
        "events": " ".join(webhook.events),
        "description": webhook.description,
        "include_text": webhook.include_text.value,
    }
    return visit.render(
        "webhook.html",
        status=status,
        webhook=webhook,
        letters=letters,
        form=form or Form(typed),
        conditions=CONDITIONS,
        issued=issued,
        tested=tested,
        texts=[
            (IncludeText.NONE.value, visit.say("no text")),
            (IncludeText.RECEIVED.value, visit.say("the text of received messages")),
            (IncludeText.ALL.value, visit.say("the text of all messages")),
        ],
    )


async def change(visit: Visit) -> Response:
    """POST /admin/webhooks/{id}."""
    form = await form_of(visit.request)
    known = {each.value for each in IncludeText}
    changes = Changes(
        url=form.get("url").strip(),
        events=tuple(form.get("events").replace(",", " ").split()),
        description=form.get("description").strip(),
        include_text=IncludeText(form.get("include_text")) if form.get("include_text") in known else None,
    )
    try:
        await visit.services.webhooks.change(_caller(visit), visit.path["id"], changes)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=_FIELDS)
        return await _page(visit, visit.path["id"], form=form, status=422)
    return _back(visit)


async def rotate(visit: Visit) -> Response:
    """POST /admin/webhooks/{id}/rotate."""
    issued = await visit.services.webhooks.rotate(_caller(visit), visit.path["id"])
    return await _page(visit, visit.path["id"], issued=issued)


async def test(visit: Visit) -> Response:
    """POST /admin/webhooks/{id}/test."""
    result = await visit.services.webhooks.test(_caller(visit), visit.path["id"], show_body=True)
    return await _page(visit, visit.path["id"], tested=result)


async def switch(visit: Visit) -> Response:
    """POST /admin/webhooks/{id}/switch."""
    form = await form_of(visit.request)
    webhooks, caller, id_ = visit.services.webhooks, _caller(visit), visit.path["id"]
    if form.get("on") == "yes":
        await webhooks.enable(caller, id_)
    else:
        await webhooks.disable(caller, id_, form.get("reason").strip() or visit.person.actor)
    return _back(visit)


async def skip(visit: Visit) -> Response:
    """POST /admin/webhooks/{id}/skip: put the event aside that is tried again and again."""
    try:
        await visit.services.webhooks.skip(_caller(visit), visit.path["id"], visit.person.actor)
    except Conflict as conflict:
        return await _page(visit, visit.path["id"], form=Form(problem=visit.excuse(conflict)), status=409)
    return _back(visit)


async def delete(visit: Visit) -> Response:
    """POST /admin/webhooks/{id}/delete."""
    await visit.services.webhooks.delete(_caller(visit), visit.path["id"])
    return visit.go(f"{_HOME}?notice=saved")


async def again(visit: Visit) -> Response:
    """POST /admin/webhooks/{id}/dead-letters/again: one, or all."""
    form = await form_of(visit.request)
    await visit.services.webhooks.send_again(_caller(visit), visit.path["id"], _seq(form))
    return _back(visit)


async def discard(visit: Visit) -> Response:
    """POST /admin/webhooks/{id}/dead-letters/discard: one, or all."""
    form = await form_of(visit.request)
    webhooks = visit.services.webhooks
    await webhooks.discard(_caller(visit), visit.path["id"], _seq(form), reason=visit.person.actor)
    return _back(visit)


def _seq(form: Form) -> int | None:
    return int(form.get("seq")) if form.get("seq").isdecimal() else None


def _back(visit: Visit) -> Response:
    return visit.go(f"{_HOME}/{visit.path['id']}?notice=saved")


PAGES = (
    Page("GET", "/webhooks", show, Permission.MANAGE),
    Page("POST", "/webhooks", create, Permission.MANAGE),
    Page("GET", "/webhooks/{id}", one, Permission.MANAGE),
    Page("POST", "/webhooks/{id}", change, Permission.MANAGE),
    Page("POST", "/webhooks/{id}/rotate", rotate, Permission.MANAGE),
    Page("POST", "/webhooks/{id}/test", test, Permission.MANAGE),
    Page("POST", "/webhooks/{id}/switch", switch, Permission.MANAGE),
    Page("POST", "/webhooks/{id}/skip", skip, Permission.MANAGE),
    Page("POST", "/webhooks/{id}/delete", delete, Permission.MANAGE),
    Page("POST", "/webhooks/{id}/dead-letters/again", again, Permission.MANAGE),
    Page("POST", "/webhooks/{id}/dead-letters/discard", discard, Permission.MANAGE),
)
