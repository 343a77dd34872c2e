"""People: who there is, what they may do, and letting them in again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gatewayd.access.people.view import LANGUAGES, NewPerson
from gatewayd.access.roles import PERMISSIONS, Permission, Role
from gatewayd.errors import Conflict, InvalidRequest
from gatewayd.web.forms import Form, form_of
from gatewayd.web.page import Page, Visit
from gatewayd.web.words import PERMISSION_WORDS, ROLES

if TYPE_CHECKING:
    from starlette.responses import Response

_FIELDS: Final = ("name", "display_name", "email", "language", "password", "roles")


async def show(visit: Visit) -> Response:
    """GET /admin/people."""
    return visit.render("people.html", people=await visit.services.people.everybody())


async def new(visit: Visit) -> Response:
    """GET /admin/people/new."""
    return _new(visit, Form({"language": visit.formats.tongue.tag}))


def _new(visit: Visit, form: Form, *, status: int = 200) -> Response:
    return visit.render("person_new.html", status=status, form=form, roles=_roles(visit))


async def create(visit: Visit) -> Response:
    """POST /admin/people/new."""
    form = await form_of(visit.request)
    language = form.get("language")
    wanted = NewPerson(
        name=form.get("name"),
        password=form.get("password"),
        roles=_chosen(form),
        display_name=form.get("display_name").strip(),
        language=language if language in LANGUAGES else LANGUAGES[0],
        email=form.get("email").strip() or None,
    )
    try:
        person = await visit.services.people.create(wanted, actor=visit.person.actor)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=_FIELDS)
        return _new(visit, form, status=422)
    except Conflict:
        form.errors["name"] = visit.say("There is somebody of this name already.")
        return _new(visit, form, status=409)
    return visit.go(f"/admin/people/{person.name}?notice=saved")


async def one(visit: Visit) -> Response:
    """GET /admin/people/{name}."""
    return await _page(visit, Form())


async def _page(visit: Visit, form: Form, *, status: int = 200) -> Response:
    person = await visit.services.people.find(visit.path["name"])
    if not form.values:
        form = Form({f"role-{role}": "on" for role in person.roles}, form.errors, form.problem)
    return visit.render("person.html", status=status, form=form, person=person, roles=_roles(visit))


async def set_roles(visit: Visit) -> Response:
    """POST /admin/people/{name}/roles."""
    form = await form_of(visit.request)
    people, name = visit.services.people, visit.path["name"]
    try:
        await people.set_roles(name, _chosen(form), actor=visit.person.actor, reason=_reason(form))
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=("roles",))
        return await _page(visit, form, status=422)
    except Conflict as conflict:
        form.problem = visit.excuse(conflict)
        return await _page(visit, form, status=409)
    return visit.go(f"/admin/people/{name}?notice=saved")


async def set_disabled(visit: Visit) -> Response:
    """POST /admin/people/{name}/disabled."""
    form = await form_of(visit.request)
    people, name = visit.services.people, visit.path["name"]
    try:
        await people.set_disabled(
            name, form.get("disabled") == "yes", actor=visit.person.actor, reason=_reason(form)
        )
    except Conflict as conflict:
        return await _page(visit, Form(problem=visit.excuse(conflict)), status=409)
    return visit.go(f"/admin/people/{name}?notice=saved")


async def set_password(visit: Visit) -> Response:
    """POST /admin/people/{name}/password: to be changed at the next sign-in."""
    form = await form_of(visit.request)
    try:
        await visit.services.people.set_password(
            visit.path["name"], form.get("password"), actor=visit.person.actor
        )
    except InvalidRequest as invalid:
        wrong = Form()
        wrong.take(visit, invalid, fields=("password",))
        return await _page(visit, wrong, status=422)
    return visit.go(f"/admin/people/{visit.path['name']}?notice=saved")


async def drop_factor(visit: Visit) -> Response:
    """POST /admin/people/{name}/second-factor/drop: for somebody who lost their phone."""
    await visit.services.people.drop_second_factor(visit.path["name"], actor=visit.person.actor)
    return visit.go(f"/admin/people/{visit.path['name']}?notice=saved")


async def sign_out(visit: Visit) -> Response:
    """POST /admin/people/{name}/sign-out: everywhere."""
    await visit.services.people.end_sessions(visit.path["name"], actor=visit.person.actor)
    return visit.go(f"/admin/people/{visit.path['name']}?notice=saved")


def _chosen(form: Form) -> tuple[Role, ...]:
    return tuple(role for role in Role if form.get(f"role-{role}"))


def _reason(form: Form) -> str | None:
    return form.get("reason").strip() or None


def _roles(visit: Visit) -> list[tuple[str, str, str]]:
    """Each role: its value, its name, and what it may do, in the visitor's language."""
    return [
        (
            role.value,
            visit.say(ROLES[role]),
            ", ".join(visit.say(PERMISSION_WORDS[each]) for each in Permission if each in PERMISSIONS[role]),
        )
        for role in Role
    ]


PAGES = (
    Page("GET", "/people", show, Permission.MANAGE),
    Page("GET", "/people/new", new, Permission.MANAGE),
    Page("POST", "/people/new", create, Permission.MANAGE),
    Page("GET", "/people/{name}", one, Permission.MANAGE),
    Page("POST", "/people/{name}/roles", set_roles, Permission.MANAGE),
    Page("POST", "/people/{name}/disabled", set_disabled, Permission.MANAGE),
    Page("POST", "/people/{name}/password", set_password, Permission.MANAGE),
    Page("POST", "/people/{name}/second-factor/drop", drop_factor, Permission.MANAGE),
    Page("POST", "/people/{name}/sign-out", sign_out, Permission.MANAGE),
)
