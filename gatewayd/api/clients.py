"""`/v1/clients`: the applications that use the gateway."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Handler, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.wire.access import ClientIn, ClientOut, ClientsOut, ReasonIn, client_out


async def list_clients(call: Call) -> Response:
    """Answer with all clients."""
    out: ClientsOut = {"clients": [client_out(view) for view in await call.services.access.clients()]}
    return json_response(out)


async def create_client(call: Call) -> Response:
    """Add a client."""
    asked = await read_body(call, ClientIn)
    view = await call.services.access.create_client(asked.name, actor=call.principal.actor)
    return json_response(client_out(view), 201)


def _set_disabled(disabled: bool) -> Handler:
    async def set_disabled(call: Call) -> Response:
        asked = await read_body(call, ReasonIn)
        view = await call.services.access.set_disabled(
            call.path["name"], disabled, actor=call.principal.actor, reason=asked.reason
        )
        return json_response(client_out(view))

    return set_disabled


def _switching(verb: str, disabled: bool, summary: str) -> Operation:
    return Operation(
        "POST",
        f"/v1/clients/{{name}}/{verb}",
        _set_disabled(disabled),
        summary,
        {200: Answer("The client as it is now.", ClientOut)},
        scope=Scope.ADMIN,
        body={"application/json": ReasonIn},
        problems={404: "There is no client of that name."},
    )


OPERATIONS = (
    Operation(
        "GET",
        "/v1/clients",
        list_clients,
        "List the clients",
        {200: Answer("All clients by name.", ClientsOut)},
        scope=Scope.ADMIN,
    ),
    Operation(
        "POST",
        "/v1/clients",
        create_client,
        "Add a client",
        {201: Answer("The new client.", ClientOut)},
        scope=Scope.ADMIN,
        body={"application/json": ClientIn},
        problems={409: "`client_exists`: the name is taken."},
    ),
    _switching("disable", True, "Refuse all tokens of a client"),
    _switching("enable", False, "Accept the tokens of a client again"),
)
