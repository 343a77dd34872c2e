"""`/v1/tokens`: what clients identify themselves with."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response, no_content
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body, read_query
from gatewayd.api.wire.access import (
    IssuedTokenOut,
    RotationIn,
    TokenIn,
    TokensOut,
    issued_out,
    token_out,
)
from gatewayd.api.wire.query import TokenQuery


async def list_tokens(call: Call) -> Response:
    """Answer with the tokens of one client or all, without their secrets."""
    asked = read_query(call.request, TokenQuery)
    out: TokensOut = {"tokens": [token_out(view) for view in await call.services.access.tokens(asked.client)]}
    return json_response(out)


async def create_token(call: Call) -> Response:
    """Make a token, and its client where there is none; the only answer that shows it."""
    asked = await read_body(call, TokenIn)
    issued = await call.services.access.issue(asked.request(), actor=call.principal.actor)
    return json_response(issued_out(issued), 201)


async def revoke_token(call: Call) -> Response:
    """End a token."""
    await call.services.access.revoke(call.path["id"], actor=call.principal.actor)
    return no_content()


async def rotate_token(call: Call) -> Response:
    """Make a token in the place of another; the only answer that shows it."""
    asked = await read_body(call, RotationIn)
    issued = await call.services.access.rotate(asked.rotation(call.path["id"]), actor=call.principal.actor)
    return json_response(issued_out(issued), 201)


OPERATIONS = (
    Operation(
        "GET",
        "/v1/tokens",
        list_tokens,
        "List tokens",
        {200: Answer("The tokens, expired and revoked ones too, without their secrets.", TokensOut)},
        scope=Scope.ADMIN,
        query=TokenQuery,
    ),
    Operation(
        "POST",
        "/v1/tokens",
        create_token,
        "Make a token",
        {201: Answer("The token. It can't be shown again.", IssuedTokenOut)},
        scope=Scope.ADMIN,
        body={"application/json": TokenIn},
    ),
    Operation(
        "POST",
        "/v1/tokens/{id}/rotate",
        rotate_token,
        "Replace a token by a new one",
        {201: Answer("The new token. It can't be shown again.", IssuedTokenOut)},
        description="The new one has the client, scopes and networks of the old one, which ends after the overlap.",
        scope=Scope.ADMIN,
        body={"application/json": RotationIn},
        problems={
            404: "There is no token of that name.",
            409: "`token_ended`: it is revoked or expired. `token_rotated`: it was rotated already.",
        },
    ),
    Operation(
        "DELETE",
        "/v1/tokens/{id}",
        revoke_token,
        "Revoke a token, at once and for good",
        {204: Answer("It is revoked.")},
        scope=Scope.ADMIN,
        problems={404: "There is no token of that name."},
    ),
)
