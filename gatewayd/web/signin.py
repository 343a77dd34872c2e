"""Coming in and going out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewayd.access import csrf
from gatewayd.access.people.errors import CodeNeeded, SignInRefused
from gatewayd.access.people.view import SignedIn
from gatewayd.web.cookies import drop_session, keep_session, keep_visitor, session_token, visitor_word
from gatewayd.web.forms import Form, form_of
from gatewayd.web.page import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response


async def form(visit: Visit) -> Response:
    """GET /admin/sign-in."""
    wanted = visit.request.query_params.get("next", "")
    if visit.session is not None:
        return visit.go(visit.local(wanted))
    return _page(visit, Form({"next": wanted}))


async def sign_in(visit: Visit) -> Response:
    """POST /admin/sign-in: a name with a password, or the code that these needed."""
    typed = await form_of(visit.request)
    word = visitor_word(visit.request)
    if word is None or not csrf.matches(word, typed.get("csrf")):
        typed.problem = visit.say("The page had grown too old. Please try once more.")
        return _page(visit, typed, status=403)
    try:
        signed_in = await _try(visit, typed)
    except CodeNeeded as needed:
        return _page(visit, Form({"next": typed.get("next"), "ticket": needed.ticket}))
    except SignInRefused as refused:
        typed.problem = visit.say("This link is over") if typed.get("link") else refusal(visit, refused)
        typed = Form({"next": typed.get("next")}, problem=typed.problem) if typed.get("link") else typed
        return _page(visit, typed, status=429 if refused.retry_after else 403)
    response = visit.go(visit.local(typed.get("next")))
    keep_session(visit.request, response, signed_in.session_token)
    return response


async def link(visit: Visit) -> Response:
    """GET /admin/sign-in/{secret}: only a button. What looks ahead at links, as mail programs do, uses none up."""
    return _page(visit, Form({"link": visit.path["secret"]}))


async def _try(visit: Visit, typed: Form) -> SignedIn:
    request, people = visit.request, visit.services.people
    address, agent = visitor_address(visit), request.headers.get("user-agent", "")
    previous = session_token(request)
    if typed.get("ticket"):
        return await people.finish_sign_in(
            typed.get("ticket"), typed.get("code"), address=address, agent=agent, previous=previous
        )
    if typed.get("link"):
        return await people.enter_by_link(typed.get("link"), address=address, agent=agent, previous=previous)
    return await people.sign_in(
        typed.get("name"), typed.get("password"), address=address, agent=agent, previous=previous
    )


def refusal(visit: Visit, refused: SignInRefused) -> str:
    """Why nobody came in, in the visitor's language."""
    if not refused.retry_after:
        return visit.say("That is not right. Check the name, the password and the code.")
    wait = visit.formats.duration(refused.retry_after)
    return visit.say("There were too many attempts. Try again in %(wait)s.", wait=wait)


async def sign_out(visit: Visit) -> Response:
    """POST /admin/sign-out."""
    token = session_token(visit.request)
    if token is not None:
        await visit.services.people.sign_out(token)
    response = visit.go("/admin/sign-in?notice=signed-out")
    drop_session(visit.request, response)
    # What browsers kept in spite of no-store (ASVS 5.0, 14.3.1); they heed it over TLS.
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


def visitor_address(visit: Visit) -> str:
    """Where the visitor comes from, for the throttle and the audit."""
    return visit.request.client.host if visit.request.client else ""


def _page(visit: Visit, typed: Form, *, status: int = 200) -> Response:
    word = visitor_word(visit.request) or csrf.new_word()
    response = visit.render("signin.html", status=status, form=typed, login_token=csrf.token_for(word))
    keep_visitor(visit.request, response, word)
    return response


PAGES = (
    Page("GET", "/sign-in", form, open=True),
    Page("POST", "/sign-in", sign_in, open=True),
    Page("GET", "/sign-in/{secret}", link, open=True),
    Page("POST", "/sign-out", sign_out),
)
