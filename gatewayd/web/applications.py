"""Applications: their tokens, what they are limited to, and how much of it they have used."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from gatewayd.access import money
from gatewayd.access.limits import LimitsChange
from gatewayd.access.registry import TokenRequest
from gatewayd.access.roles import Permission
from gatewayd.access.rotating import DEFAULT_OVERLAP, Rotation
from gatewayd.access.scopes import Scope
from gatewayd.errors import Conflict, InvalidRequest, PreconditionFailed
from gatewayd.web.formats import NoDate
from gatewayd.web.forms import Form, form_of
from gatewayd.web.page import Page, Visit
from gatewayd.web.words import SCOPES

if TYPE_CHECKING:
    from starlette.responses import Response

    from gatewayd.access.limits import ClientLimits
    from gatewayd.access.view import IssuedToken

_HOME: Final = "/admin/applications"
_COUNTS: Final = (
    "parts_per_minute",
    "parts_per_hour",
    "parts_per_day",
    "queue_cap",
    "requests_per_minute",
)
_TOKEN_FIELDS: Final = ("client", "name", "scopes", "expires_at", "networks")
_REASON: Final = "reason"


async def show(visit: Visit) -> Response:
    """GET /admin/applications."""
    return visit.render(
        "applications.html", form=Form(), clients=await visit.services.access.limited_clients()
    )


async def create(visit: Visit) -> Response:
    """POST /admin/applications."""
    form = await form_of(visit.request)
    try:
        client = await visit.services.access.create_client(form.get("name").strip(), actor=visit.person.actor)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=("name",))
    except Conflict:
        form.errors["name"] = visit.say("There is an application of this name already.")
    else:
        return visit.go(f"{_HOME}/{client.name}?notice=saved")
    clients = await visit.services.access.limited_clients()
    return visit.render("applications.html", status=422, form=form, clients=clients)


async def one(visit: Visit) -> Response:
    """GET /admin/applications/{name}."""
    return await _page(visit, None)


async def _page(
    visit: Visit, form: Form | None, *, status: int = 200, issued: IssuedToken | None = None
) -> Response:
    access, name = visit.services.access, visit.path["name"]
    limited = await access.limited_client(name)
    if form is None:
        form = Form(_typed(limited.limits) | {"etag": limited.etag})
    return visit.render(
        "application.html",
        status=status,
        form=form,
        client=limited.client,
        tokens=await access.tokens(name),
        usage=await visit.services.queue.usage(limited.client.id),
        scopes=[(scope.value, visit.say(SCOPES[scope])) for scope in Scope],
        counts=_COUNTS,
        issued=issued,
        shown=money.shown,
    )


def _typed(limits: ClientLimits) -> dict[str, str]:
    typed = {name: str(value) for name in _COUNTS if (value := getattr(limits, name)) is not None}
    if limits.money_per_month is not None:
        typed["money_per_month"] = money.shown(limits.money_per_month)
    typed["countries"] = " ".join(limits.countries or ())
    return typed


async def set_limits(visit: Visit) -> Response:
    """POST /admin/applications/{name}/limits. An empty field takes the limit away."""
    form = await form_of(visit.request)
    values: dict[str, Any] = {name: _count(visit, form, name) for name in _COUNTS}
    values["money_per_month"] = _money(visit, form)
    values["countries"] = tuple(form.get("countries").upper().replace(",", " ").split()) or None
    if form.errors:
        return await _page(visit, form, status=422)
    wanted = LimitsChange(
        visit.path["name"], values, form.get(_REASON).strip() or None, frozenset({form.get("etag")})
    )
    try:
        await visit.services.access.change_limits(wanted, actor=visit.person.actor)
    except InvalidRequest as invalid:
        for error in invalid.errors:
            form.errors[error.field.removeprefix("limits.")] = error.message
        return await _page(visit, form, status=422)
    except PreconditionFailed:
        form.problem = visit.say("Somebody else has changed it meanwhile. Look at it again, then repeat it.")
        return await _page(visit, form, status=412)
    return visit.go(f"{_HOME}/{visit.path['name']}?notice=saved")


def _count(visit: Visit, form: Form, name: str) -> int | None:
    typed = form.get(name).strip()
    if not typed:
        return None
    if not typed.isdecimal():
        form.errors[name] = visit.say("This must be a whole number, or nothing.")
        return None
    return int(typed)


def _money(visit: Visit, form: Form) -> int | None:
    typed = form.get("money_per_month").strip().replace(",", ".")
    if not typed:
        return None
    try:
        return money.to_micros(Decimal(typed))
    except (InvalidOperation, ValueError):
        form.errors["money_per_month"] = visit.say("This must be an amount such as 25.50, or nothing.")
        return None


async def set_disabled(visit: Visit) -> Response:
    """POST /admin/applications/{name}/disabled."""
    form = await form_of(visit.request)
    await visit.services.access.set_disabled(
        visit.path["name"],
        form.get("disabled") == "yes",
        actor=visit.person.actor,
        reason=form.get(_REASON).strip() or None,
    )
    return visit.go(f"{_HOME}/{visit.path['name']}?notice=saved")


async def issue(visit: Visit) -> Response:
    """POST /admin/applications/{name}/tokens: the one page that ever shows the token."""
    if stale := _needs_proof(visit):
        return stale
    form = await form_of(visit.request)
    expires_at = None
    if typed := form.get("expires_at").strip():
        try:
            expires_at = visit.formats.end_of(visit.formats.read_date(typed))
        except NoDate:
            form.errors["expires_at"] = visit.say(
                "There is no such day. Write it as %(hint)s.", hint=visit.formats.date_hint
            )
    if form.errors:
        return await _page(visit, form, status=422)
    request = TokenRequest(
        client=visit.path["name"],
        scopes=tuple(scope for scope in Scope if form.get(f"scope-{scope}")),
        name=form.get("name").strip(),
        expires_at=expires_at,
        networks=tuple(form.get("networks").replace(",", " ").split()),
    )
    try:
        issued = await visit.services.access.issue(request, actor=visit.person.actor)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=_TOKEN_FIELDS)
        return await _page(visit, form, status=422)
    return await _page(visit, None, issued=issued)


async def rotate(visit: Visit) -> Response:
    """POST /admin/applications/{name}/tokens/{id}/rotate."""
    if stale := _needs_proof(visit):
        return stale
    form = await form_of(visit.request)
    overlap = timedelta(0) if form.get("at_once") else DEFAULT_OVERLAP
    try:
        issued = await visit.services.access.rotate(
            Rotation(visit.path["id"], overlap), actor=visit.person.actor
        )
    except Conflict as conflict:
        return await _page(visit, Form(problem=visit.excuse(conflict)), status=409)
    return await _page(visit, None, issued=issued)


async def revoke(visit: Visit) -> Response:
    """POST /admin/applications/{name}/tokens/{id}/revoke."""
    await visit.services.access.revoke(visit.path["id"], actor=visit.person.actor)
    return visit.go(f"{_HOME}/{visit.path['name']}?notice=saved")


def _needs_proof(visit: Visit) -> Response | None:
    """A token opens the gateway to whoever holds it: the password is asked for again before one is made."""
    if visit.signed_in.fresh:
        return None
    return visit.go(f"/admin/account/proof?next={_HOME}/{visit.path['name']}")


PAGES = (
    Page("GET", "/applications", show, Permission.MANAGE),
    Page("POST", "/applications", create, Permission.MANAGE),
    Page("GET", "/applications/{name}", one, Permission.MANAGE),
    Page("POST", "/applications/{name}/limits", set_limits, Permission.MANAGE),
    Page("POST", "/applications/{name}/disabled", set_disabled, Permission.MANAGE),
    Page("POST", "/applications/{name}/tokens", issue, Permission.MANAGE),
    Page("POST", "/applications/{name}/tokens/{id}/rotate", rotate, Permission.MANAGE),
    Page("POST", "/applications/{name}/tokens/{id}/revoke", revoke, Permission.MANAGE),
)
