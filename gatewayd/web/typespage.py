"""Types of messages: their names in each language, and what holds for messages of that type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gatewayd.access.roles import Permission
from gatewayd.errors import InvalidRequest, NotFound, PreconditionFailed
from gatewayd.message import Priority
from gatewayd.queue.types import TypeDraft
from gatewayd.web.forms import Form, form_of
from gatewayd.web.messages import type_label
from gatewayd.web.page import Page, Visit
from gatewayd.web.texts import LANGUAGES
from gatewayd.web.words import PRIORITIES

if TYPE_CHECKING:
    from starlette.responses import Response

_HOME: Final = "/admin/types"
_HOUR: Final = 3600
_FIELDS: Final = ("code", "priority", "validity", "keep_days")


async def show(visit: Visit) -> Response:
    """GET /admin/types."""
    types = await visit.services.queue.types.refresh()
    return visit.render(
        "types.html",
        types=list(types.values()),
        label=lambda code: type_label(visit, code, types),
        may_change=visit.may(Permission.MANAGE),
    )


async def form(visit: Visit) -> Response:
    """GET /admin/types/{code}: one to be changed; ``new`` is one to be made."""
    code = visit.path["code"]
    if code == "new":
        return _form(visit, Form({"active": "on"}), None)
    known = await visit.services.queue.types.find(code)
    typed = {f"label-{tag}": label for tag, label in known.labels.items()}
    typed |= {
        "code": known.code,
        "priority": "" if known.priority is None else known.priority.label,
        "validity": "" if known.validity is None else str(known.validity // _HOUR),
        "keep_days": "" if known.keep_days is None else str(known.keep_days),
        "secret": "on" if known.secret else "",
        "active": "on" if known.active else "",
        "version": str(known.version),
    }
    return _form(visit, Form(typed), code)


def _form(visit: Visit, typed: Form, code: str | None, *, status: int = 200) -> Response:
    return visit.render(
        "type.html",
        status=status,
        form=typed,
        code=code,
        priorities=[(priority.label, visit.say(PRIORITIES[priority])) for priority in Priority],
    )


async def save(visit: Visit) -> Response:
    """POST /admin/types/{code}."""
    typed = await form_of(visit.request)
    code = None if visit.path["code"] == "new" else visit.path["code"]
    hours, days = _count(visit, typed, "validity"), _count(visit, typed, "keep_days")
    if typed.errors:
        return _form(visit, typed, code, status=422)
    priorities = {priority.label: priority for priority in Priority}
    labels = {tag: label for tag in LANGUAGES if (label := typed.get(f"label-{tag}").strip())}
    wanted = TypeDraft(
        labels=labels,
        priority=priorities.get(typed.get("priority")),
        validity=None if hours is None else hours * _HOUR,
        keep_days=days,
        secret=bool(typed.get("secret")),
        active=bool(typed.get("active")),
    )
    version = int(typed.get("version")) if typed.get("version").isdecimal() else None
    try:
        await visit.services.queue.types.put(
            code or typed.get("code").strip(), wanted, version=version, actor=visit.person.actor
        )
    except InvalidRequest as invalid:
        typed.take(visit, invalid, fields=_FIELDS)
        return _form(visit, typed, code, status=422)
    except PreconditionFailed:
        typed.problem = visit.say("Somebody else has changed it meanwhile. Look at it again, then repeat it.")
        return _form(visit, typed, code, status=412)
    return visit.go(f"{_HOME}?notice=saved")


async def delete(visit: Visit) -> Response:
    """POST /admin/types/{code}/delete."""
    try:
        await visit.services.queue.types.delete(visit.path["code"], actor=visit.person.actor)
    except NotFound:
        return visit.go(_HOME)
    return visit.go(f"{_HOME}?notice=saved")


def _count(visit: Visit, typed: Form, name: str) -> int | None:
    text = typed.get(name).strip()
    if not text:
        return None
    if not text.isdecimal() or not int(text):
        typed.errors[name] = visit.say("This must be a whole number, or nothing.")
        return None
    return int(text)


PAGES = (
    Page("GET", "/types", show, Permission.LOOK),
    Page("GET", "/types/{code}", form, Permission.MANAGE),
    Page("POST", "/types/{code}", save, Permission.MANAGE),
    Page("POST", "/types/{code}/delete", delete, Permission.MANAGE),
)
