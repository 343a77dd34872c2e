"""`/v1/people`: those who sign in to the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Handler, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.wire.access import ReasonIn
from gatewayd.api.wire.people import (
    PasswordIn,
    PeopleOut,
    PersonIn,
    PersonOut,
    RolesIn,
    SignedOutOut,
    SignInLinkOut,
    person_out,
    roles_of,
)

_LAST_ADMIN = "`last_admin`: nobody else who can sign in is an administrator."


async def list_people(call: Call) -> Response:
    """Answer with all people."""
    out: PeopleOut = {"people": [person_out(view) for view in await call.services.people.everybody()]}
    return json_response(out)


async def show_person(call: Call) -> Response:
    """Answer with one person."""
    return json_response(person_out(await call.services.people.find(call.path["name"])))


async def create_person(call: Call) -> Response:
    """Add a person."""
    asked = await read_body(call, PersonIn)
    view = await call.services.people.create(asked.request(), actor=call.principal.actor)
    return json_response(person_out(view), 201)


async def set_roles(call: Call) -> Response:
    """Give somebody other roles."""
    asked = await read_body(call, RolesIn)
    view = await call.services.people.set_roles(
        call.path["name"], roles_of(asked.roles), actor=call.principal.actor, reason=asked.reason
    )
    return json_response(person_out(view))


async def set_password(call: Call) -> Response:
    """Give somebody another password."""
    asked = await read_body(call, PasswordIn)
    view = await call.services.people.set_password(
        call.path["name"],
        asked.password.get_secret_value(),
        temporary=asked.temporary,
        actor=call.principal.actor,
        reason=asked.reason,
    )
    return json_response(person_out(view))


async def reset_second_factor(call: Call) -> Response:
    """Let somebody in without their second factor."""
    asked = await read_body(call, ReasonIn)
    view = await call.services.people.drop_second_factor(
        call.path["name"], actor=call.principal.actor, reason=asked.reason
    )
    return json_response(person_out(view))


async def sign_out(call: Call) -> Response:
    """End somebody's sessions."""
    asked = await read_body(call, ReasonIn)
    ended = await call.services.people.end_sessions(
        call.path["name"], actor=call.principal.actor, reason=asked.reason
    )
    out: SignedOutOut = {"sessions_ended": ended}
    return json_response(out)


async def sign_in_link(call: Call) -> Response:
    """Make a link that signs somebody in once."""
    asked = await read_body(call, ReasonIn)
    link = await call.services.people.sign_in_link(
        call.path["name"], actor=call.principal.actor, reason=asked.reason
    )
    out: SignInLinkOut = {"path": f"/admin/sign-in/{link.secret}", "expires_at": link.expires_at}
    return json_response(out)


def _set_disabled(disabled: bool) -> Handler:
    async def set_disabled(call: Call) -> Response:
        asked = await read_body(call, ReasonIn)
        view = await call.services.people.set_disabled(
            call.path["name"], disabled, actor=call.principal.actor, reason=asked.reason
        )
        return json_response(person_out(view))

    return set_disabled


def _on_one(
    method: str,
    verb: str,
    handler: Handler,
    summary: str,
    body: type[Any] = ReasonIn,
    *,
    answer: Answer | None = None,
    problems: Mapping[int, str] | None = None,
) -> Operation:
    """Something that is done to one person; whatever it is, they are signed out by it or were not signed in."""
    return Operation(
        method,
        f"/v1/people/{{name}}/{verb}",
        handler,
        summary,
        {200: answer or Answer("The person as they are now.", PersonOut)},
        scope=Scope.ADMIN,
        body={"application/json": body},
        problems={404: "There is no person of that name.", **(problems or {})},
    )


OPERATIONS = (
    Operation(
        "GET",
        "/v1/people",
        list_people,
        "List the people",
        {200: Answer("All people by name.", PeopleOut)},
        scope=Scope.ADMIN,
    ),
    Operation(
        "POST",
        "/v1/people",
        create_person,
        "Add a person",
        {201: Answer("The new person.", PersonOut)},
        scope=Scope.ADMIN,
        body={"application/json": PersonIn},
        problems={409: "`person_exists`: the name is taken."},
    ),
    Operation(
        "GET",
        "/v1/people/{name}",
        show_person,
        "Show a person",
        {200: Answer("The person.", PersonOut)},
        scope=Scope.ADMIN,
        problems={404: "There is no person of that name."},
    ),
    _on_one(
        "POST",
        "sign-in-link",
        sign_in_link,
        "Make a link that signs a person in once, without the password; a second factor is asked for all the same",
        answer=Answer("Where on the pages it leads; it can't be had again.", SignInLinkOut),
        problems={409: "`person_disabled`: they can't sign in."},
    ),
    _on_one(
        "PUT",
        "roles",
        set_roles,
        "Give a person these roles and no others",
        RolesIn,
        problems={409: _LAST_ADMIN},
    ),
    _on_one("PUT", "password", set_password, "Give a person another password", PasswordIn),
    _on_one(
        "POST",
        "disable",
        _set_disabled(True),
        "Shut a person out, at once",
        problems={409: _LAST_ADMIN},
    ),
    _on_one("POST", "enable", _set_disabled(False), "Let a person in again"),
    _on_one(
        "POST",
        "reset-second-factor",
        reset_second_factor,
        "Let a person in without their second factor, so that they can set up another",
    ),
    _on_one(
        "POST",
        "sign-out",
        sign_out,
        "End all sessions of a person",
        answer=Answer("How many there were.", SignedOutOut),
    ),
)
