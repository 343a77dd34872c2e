"""One message: its life, and what a person can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gatewayd.access.roles import Permission
from gatewayd.errors import Conflict, InvalidRequest
from gatewayd.message import State
from gatewayd.queue.view import MessageDetail
from gatewayd.web.forms import Form, form_of
from gatewayd.web.life import life_of
from gatewayd.web.page import Page, Visit
from gatewayd.web.told import told
from gatewayd.web.words import N_

if TYPE_CHECKING:
    from starlette.responses import Response

VERDICTS: Final = (
    ("sent", N_("It was sent"), N_("The recipient has it, or the operator's records show it.")),
    ("resend", N_("Send it again"), N_("The recipient may get it twice; it is marked so.")),
    ("failed", N_("It was not sent"), N_("Give it up. Nothing more is sent.")),
)
_REASON_LENGTH: Final = 500


async def show(visit: Visit) -> Response:
    """GET /admin/messages/{id}."""
    return await _page(visit, Form())


async def part(visit: Visit) -> Response:
    """GET /admin/messages/{id}/life: the part that changes while it is looked at."""
    detail = await visit.services.queue.detail(None, visit.path["id"])
    return visit.render("_message.html", **await _content(visit, detail))


async def _page(visit: Visit, form: Form, *, status: int = 200) -> Response:
    detail = await visit.services.queue.detail(None, visit.path["id"])
    types = await visit.services.queue.types.refresh()
    known = types.get(detail.message.type)
    return visit.render(
        "message.html",
        status=status,
        form=form,
        live=True,
        type_name=(known.labels.get(visit.formats.tongue.tag) if known else None) or detail.message.type,
        verdicts=[(value, visit.say(label), visit.say(meaning)) for value, label, meaning in VERDICTS],
        **await _content(visit, detail),
    )


async def _content(visit: Visit, detail: MessageDetail) -> dict[str, Any]:
    message = detail.message
    return {
        "message": message,
        "detail": detail,
        "life": life_of(visit, detail),
        "told": await told(visit, detail),
        "may_cancel": message.state in (State.QUEUED, State.SENDING),
        "may_retry": message.state not in (State.QUEUED, State.SENDING, State.IN_DOUBT),
        "may_settle": message.state is State.IN_DOUBT,
    }


async def cancel(visit: Visit) -> Response:
    """POST /admin/messages/{id}/cancel: all of it, or with ``remaining`` the parts that have not left."""
    form = await form_of(visit.request)
    try:
        await visit.services.queue.cancel(
            None, visit.path["id"], remaining=bool(form.get("remaining")), actor=visit.person.actor
        )
    except Conflict as conflict:
        form.problem = visit.excuse(conflict)
        return await _page(visit, form, status=409)
    return visit.go(f"/admin/messages/{visit.path['id']}?notice=cancelled")


async def retry(visit: Visit) -> Response:
    """POST /admin/messages/{id}/retry: make a new message of it."""
    try:
        receipt = await visit.services.queue.retry(None, visit.path["id"], actor=visit.person.actor)
    except Conflict as conflict:
        return await _page(visit, Form(problem=visit.excuse(conflict)), status=409)
    except InvalidRequest as invalid:
        form = Form()
        form.take(visit, invalid, fields=())
        return await _page(visit, form, status=422)
    return visit.go(f"/admin/messages/{receipt.id}?notice=again")


async def resolve(visit: Visit) -> Response:
    """POST /admin/messages/{id}/resolve: settle it in doubt, with a reason."""
    form = await form_of(visit.request)
    verdict, reason = form.get("verdict"), form.get("reason").strip()
    if verdict not in {value for value, _, _ in VERDICTS}:
        form.errors["verdict"] = visit.say("Choose what became of it.")
    if not reason or len(reason) > _REASON_LENGTH:
        form.errors["reason"] = visit.say(
            "Say how you know, in up to %(most)s characters.", most=_REASON_LENGTH
        )
    if form.errors:
        return await _page(visit, form, status=422)
    try:
        await visit.services.queue.resolve(
            None, visit.path["id"], verdict, actor=visit.person.actor, reason=reason
        )
    except Conflict as conflict:
        # Somebody, or a report, was faster: the domain says who and what.
        form.problem = visit.say("It is settled already: %(what)s", what=str(conflict))
        return await _page(visit, form, status=409)
    return visit.go(f"/admin/messages/{visit.path['id']}?notice=settled")


PAGES = (
    Page("GET", "/messages/{id}", show, Permission.LOOK),
    Page("GET", "/messages/{id}/life", part, Permission.LOOK),
    Page("POST", "/messages/{id}/cancel", cancel, Permission.HANDLE),
    Page("POST", "/messages/{id}/retry", retry, Permission.HANDLE),
    Page("POST", "/messages/{id}/resolve", resolve, Permission.HANDLE),
)
