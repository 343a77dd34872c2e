"""`/v1/clients`: the applications that use the gateway."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Handler, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.wire.access import ClientIn, ClientOut, ReasonIn, client_out
from gatewayd.api.wire.limits import (
    ClientPatchIn,
    LimitedClientOut,
    LimitedClientsOut,
    UsageOut,
    limited_client_out,
    usage_out,
)
from gatewayd.http.conditions import etag, if_match


async def list_clients(call: Call) -> Response:
    """Answer with all clients."""
    clients = await call.services.access.limited_clients()
    out: LimitedClientsOut = {"clients": [limited_client_out(limited) for limited in clients]}
    return json_response(out)


async def show_client(call: Call) -> Response:
    """Answer with one client."""
    limited = await call.services.access.limited_client(call.path["name"])
    return json_response(limited_client_out(limited), headers=etag(limited.etag))


async def change_client(call: Call) -> Response:
    """Change what a client is limited to."""
    asked = await read_body(call, ClientPatchIn)
    wanted = asked.change(call.path["name"], if_match(call.request))
    limited = await call.services.access.change_limits(wanted, actor=call.principal.actor)
    return json_response(limited_client_out(limited), headers=etag(limited.etag))


async def client_usage(call: Call) -> Response:
    """Answer with how much of its limits a client has used."""
    limited = await call.services.access.limited_client(call.path["name"])
    return json_response(usage_out(await call.services.queue.usage(limited.client.id)))


async def own_usage(call: Call) -> Response:
    """Answer with how much of its limits the caller's own client has used."""
    return json_response(usage_out(await call.services.queue.usage(call.principal.client_id)))


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


_NOT_FOUND = "There is no client of that name."


def _switching(verb: str, disabled: bool, summary: str) -> Operation:
    return Operation(
        "POST",
        f"/v1/clients/{{name}}/{verb}",
        _set_disabled(disabled),
        summary,
        {200: Answer("The client as it is now.", ClientOut)},
        scope=Scope.ADMIN,
        body={"application/json": ReasonIn},
        problems={404: _NOT_FOUND},
    )


OPERATIONS = (
    Operation(
        "GET",
        "/v1/clients",
        list_clients,
        "List the clients",
        {200: Answer("All clients by name.", LimitedClientsOut)},
        scope=Scope.ADMIN,
    ),
    Operation(
        "GET",
        "/v1/clients/{name}",
        show_client,
        "Show a client with its limits",
        {200: Answer("The client; `ETag` names this state of it.", LimitedClientOut)},
        scope=Scope.ADMIN,
        problems={404: _NOT_FOUND},
    ),
    Operation(
        "PATCH",
        "/v1/clients/{name}",
        change_client,
        "Change what a client is limited to",
        {200: Answer("The client as it is now; `ETag` names this state of it.", LimitedClientOut)},
        description="What is left out stays; null takes a limit away.",
        scope=Scope.ADMIN,
        body={"application/json": ClientPatchIn},
        headers={"If-Match": "An `ETag`: change it only if it is still as you saw it."},
        problems={
            404: _NOT_FOUND,
            412: "`precondition_failed`: it has changed since it had the `ETag` of `If-Match`.",
        },
    ),
    Operation(
        "GET",
        "/v1/clients/{name}/usage",
        client_usage,
        "Show how much of its limits a client has used",
        {200: Answer("As of now.", UsageOut)},
        scope=Scope.ADMIN,
        problems={404: _NOT_FOUND},
    ),
    Operation(
        "GET",
        "/v1/usage",
        own_usage,
        "Show how much of your client's limits is used",
        {200: Answer("As of now.", UsageOut)},
        scope=Scope.READ,
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
