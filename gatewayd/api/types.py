"""`/v1/types`: what kinds of messages there are."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response, no_content
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.versions import IF_MATCH, STALE, version_tag, wanted_version
from gatewayd.api.wire.message_type import TypeIn, TypeOut, TypesOut, type_out

_MISSING = {404: "There is no type of that code."}
_ONE = "/v1/types/{code}"


async def list_types(call: Call) -> Response:
    """Answer with all types."""
    known = await call.services.queue.types.refresh()
    out: TypesOut = {"types": [type_out(known[code]) for code in sorted(known)]}
    return json_response(out)


async def show_type(call: Call) -> Response:
    """Answer with one type."""
    found = await call.services.queue.types.find(call.path["code"])
    return json_response(type_out(found), headers=version_tag(found.version))


async def put_type(call: Call) -> Response:
    """Make or change a type."""
    asked = await read_body(call, TypeIn)
    found, new = await call.services.queue.types.put(
        call.path["code"],
        asked.draft(),
        version=wanted_version(call.request),
        actor=call.principal.actor,
    )
    return json_response(type_out(found), 201 if new else 200, version_tag(found.version))


async def delete_type(call: Call) -> Response:
    """Forget a type."""
    await call.services.queue.types.delete(
        call.path["code"], version=wanted_version(call.request), actor=call.principal.actor
    )
    return no_content()


OPERATIONS = (
    Operation(
        "GET",
        "/v1/types",
        list_types,
        "List the types of messages",
        {200: Answer("All types by code.", TypesOut)},
        scope=Scope.READ,
    ),
    Operation(
        "GET",
        _ONE,
        show_type,
        "Show a type of messages",
        {200: Answer("The type; `ETag` names its version.", TypeOut)},
        scope=Scope.READ,
        problems=_MISSING,
    ),
    Operation(
        "PUT",
        _ONE,
        put_type,
        "Make or change a type of messages",
        {
            201: Answer("The new type.", TypeOut),
            200: Answer("The type as it is now.", TypeOut),
        },
        description="What is left out takes its default. Messages that were accepted before stay as they are.",
        scope=Scope.ADMIN,
        body={"application/json": TypeIn},
        headers=IF_MATCH,
        problems=STALE,
    ),
    Operation(
        "DELETE",
        _ONE,
        delete_type,
        "Forget a type of messages; they keep its code",
        {204: Answer("It is gone.")},
        scope=Scope.ADMIN,
        headers=IF_MATCH,
        problems=_MISSING | STALE,
    ),
)
