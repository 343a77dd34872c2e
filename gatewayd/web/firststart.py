"""The first start: who has the link that the daemon printed makes the first administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewayd.access.people.errors import FirstStartOver
from gatewayd.access.people.view import LANGUAGES, NewPerson
from gatewayd.errors import InvalidRequest
from gatewayd.web.cookies import keep_session
from gatewayd.web.forms import Form, form_of
from gatewayd.web.page import Page, Visit
from gatewayd.web.signin import visitor_address

if TYPE_CHECKING:
    from starlette.responses import Response

_FIELDS = ("name", "display_name", "email", "password")


async def show(visit: Visit) -> Response:
    """GET /admin/first-start/{secret}."""
    secret = visit.path["secret"]
    try:
        await visit.services.people.check_first_start(secret)
    except FirstStartOver:
        return _over(visit)
    return visit.render("firststart.html", form=Form())


async def create(visit: Visit) -> Response:
    """POST /admin/first-start/{secret}. The secret itself stands for the token that other forms carry."""
    form = await form_of(visit.request)
    if form.get("password") != form.get("repeated"):
        form.errors["repeated"] = visit.say("This is not the same.")
        return visit.render("firststart.html", status=422, form=form)
    tag = visit.formats.tongue.tag
    wanted = NewPerson(
        name=form.get("name"),
        password=form.get("password"),
        roles=(),
        display_name=form.get("display_name").strip(),
        language=tag if tag in LANGUAGES else LANGUAGES[0],
        email=form.get("email").strip() or None,
    )
    try:
        signed_in = await visit.services.people.first_person(
            visit.path["secret"],
            wanted,
            address=visitor_address(visit),
            agent=visit.request.headers.get("user-agent", ""),
        )
    except FirstStartOver:
        return _over(visit)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=_FIELDS)
        return visit.render("firststart.html", status=422, form=form)
    response = visit.go("/admin/welcome")
    keep_session(visit.request, response, signed_in.session_token)
    return response


async def welcome(visit: Visit) -> Response:
    """GET /admin/welcome: whether the modem is there, and the way to the first message."""
    modems = await visit.services.queue.modems()
    part = visit.request.headers.get("hx-target") == "steps"
    return visit.render("_welcome.html" if part else "welcome.html", live=True, modems=modems)


def _over(visit: Visit) -> Response:
    return visit.render(
        "problem.html",
        status=403,
        heading=visit.say("This link is over"),
        text=visit.say(
            "It was used, it is older than a day, or gatewayd was started again since. Its log has a new one at "
            "each start while there is nobody."
        ),
    )


PAGES = (
    Page("GET", "/first-start/{secret}", show, open=True),
    Page("POST", "/first-start/{secret}", create, open=True),
    Page("GET", "/welcome", welcome),
)
