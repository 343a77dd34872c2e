"""One's own account: name and language, password, second factor, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gatewayd.access.people.errors import ProofNeeded, SignInRefused
from gatewayd.access.people.view import Profile, SignedIn
from gatewayd.errors import Conflict, InvalidRequest
from gatewayd.web.cookies import keep_session, session_token
from gatewayd.web.forms import Form, form_of
from gatewayd.web.page import Page, Visit
from gatewayd.web.qr import qr_code
from gatewayd.web.signin import refusal, visitor_address

if TYPE_CHECKING:
    from starlette.responses import Response

_HOME: Final = "/admin/account"


async def show(visit: Visit) -> Response:
    """GET /admin/account."""
    person = visit.signed_in.person
    form = Form(
        {"display_name": person.display_name, "email": person.email or "", "language": person.language}
    )
    return await _account(visit, form)


async def _account(visit: Visit, form: Form, *, status: int = 200) -> Response:
    people, session = visit.services.people, visit.signed_in
    return visit.render(
        "account.html",
        status=status,
        form=form,
        person=session.person,
        sessions=await people.sessions(session),
        codes_left=await people.recovery_codes_left(session) if session.person.second_factor else 0,
    )


async def set_profile(visit: Visit) -> Response:
    """POST /admin/account."""
    form = await form_of(visit.request)
    wanted = Profile(
        form.get("display_name").strip(), form.get("language"), form.get("email").strip() or None
    )
    try:
        await visit.services.people.set_profile(visit.signed_in, wanted)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=("display_name", "language", "email"))
        return await _account(visit, form, status=422)
    return visit.go(f"{_HOME}?notice=saved")


async def end_session(visit: Visit) -> Response:
    """POST /admin/account/sessions/{id}/end."""
    await visit.services.people.end_session(visit.signed_in, int(visit.path["id"]))
    return visit.go(f"{_HOME}?notice=saved")


async def password_form(visit: Visit) -> Response:
    """GET /admin/account/password."""
    return visit.render("password.html", form=Form())


async def set_password(visit: Visit) -> Response:
    """POST /admin/account/password."""
    form = await form_of(visit.request)
    if form.get("new_password") != form.get("repeated"):
        form.errors["repeated"] = visit.say("This is not the same.")
        return visit.render("password.html", status=422, form=form)
    try:
        renewed = await visit.services.people.change_password(
            session_token(visit.request) or "",
            form.get("password"),
            form.get("new_password"),
            address=visitor_address(visit),
        )
    except SignInRefused as refused:
        form.errors["password"] = refusal(visit, refused)
        return visit.render("password.html", status=403, form=form)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=("new_password",))
        return visit.render("password.html", status=422, form=form)
    return _renewed(visit, renewed, f"{_HOME}?notice=saved")


async def proof_form(visit: Visit) -> Response:
    """GET /admin/account/proof: the password once more, before what is dangerous."""
    return visit.render("proof.html", form=Form({"next": visit.request.query_params.get("next", "")}))


async def prove(visit: Visit) -> Response:
    """POST /admin/account/proof."""
    form = await form_of(visit.request)
    try:
        renewed = await visit.services.people.prove(
            session_token(visit.request) or "", form.get("password"), address=visitor_address(visit)
        )
    except SignInRefused as refused:
        form.errors["password"] = refusal(visit, refused)
        return visit.render("proof.html", status=403, form=form)
    return _renewed(visit, renewed, visit.local(form.get("next")))


async def factor_form(visit: Visit) -> Response:
    """GET /admin/account/second-factor: set one up, or see that there is one."""
    if visit.signed_in.person.second_factor:
        return visit.go(_HOME)
    try:
        await visit.services.people.begin_totp(visit.signed_in)
    except ProofNeeded:
        return visit.go(f"{_HOME}/proof?next={_HOME}/second-factor")
    return await _factor(visit, Form())


async def _factor(visit: Visit, form: Form, *, status: int = 200) -> Response:
    enrolment = await visit.services.people.pending_totp(visit.signed_in)
    return visit.render(
        "factor.html", status=status, form=form, secret=enrolment.secret, code=qr_code(enrolment.uri)
    )


async def confirm_factor(visit: Visit) -> Response:
    """POST /admin/account/second-factor."""
    form = await form_of(visit.request)
    try:
        codes = await visit.services.people.confirm_totp(visit.signed_in, form.get("code"))
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=("code",))
        return await _factor(visit, form, status=422)
    except SignInRefused as refused:
        form.errors["code"] = refusal(visit, refused)
        return await _factor(visit, form, status=403)
    return visit.render("codes.html", codes=codes)


async def renew_codes(visit: Visit) -> Response:
    """POST /admin/account/recovery-codes."""
    try:
        codes = await visit.services.people.renew_recovery_codes(visit.signed_in)
    except ProofNeeded:
        return visit.go(f"{_HOME}/proof?next={_HOME}")
    return visit.render("codes.html", codes=codes)


async def drop_factor(visit: Visit) -> Response:
    """POST /admin/account/second-factor/drop."""
    form = await form_of(visit.request)
    try:
        await visit.services.people.drop_totp(
            visit.signed_in, form.get("password"), address=visitor_address(visit)
        )
    except SignInRefused as refused:
        form.errors["password"] = refusal(visit, refused)
        return await _account(visit, form, status=403)
    except Conflict as conflict:
        form.problem = visit.excuse(conflict)
        return await _account(visit, form, status=409)
    return visit.go(f"{_HOME}?notice=saved")


def _renewed(visit: Visit, renewed: SignedIn, path: str) -> Response:
    """Go on with the session under its new token."""
    response = visit.go(path)
    keep_session(visit.request, response, renewed.session_token)
    return response


PAGES = (
    Page("GET", "/account", show),
    Page("POST", "/account", set_profile),
    Page("POST", "/account/sessions/{id:int}/end", end_session),
    Page("GET", "/account/password", password_form),
    Page("POST", "/account/password", set_password),
    Page("GET", "/account/proof", proof_form),
    Page("POST", "/account/proof", prove),
    Page("GET", "/account/second-factor", factor_form),
    Page("POST", "/account/second-factor", confirm_factor),
    Page("POST", "/account/second-factor/drop", drop_factor),
    Page("POST", "/account/recovery-codes", renew_codes),
)
