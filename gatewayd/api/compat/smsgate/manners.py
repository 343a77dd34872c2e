"""How SMSGate's API learns who calls, and how it says that something failed."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from gatewayd.access.scopes import Principal
from gatewayd.access.service import Unauthenticated
from gatewayd.api.answering import json_response
from gatewayd.api.compat.credentials import basic, client_with_token
from gatewayd.api.compat.statuses import headers_of, status_of
from gatewayd.api.guard import holder
from gatewayd.api.operation import Dialect, Services
from gatewayd.errors import GatewaydError

BASE: Final = "/3rdparty/v1"


class SmsGateErrorOut(TypedDict):
    """What went wrong, as SMSGate says it."""

    code: int
    """The answer's own status."""
    message: str


async def identify(request: Request, services: Services) -> Principal:
    """Return who holds the token: behind the client's name (Basic), or alone (Bearer)."""
    if (credentials := basic(request)) is not None:
        name, token = credentials
        return await client_with_token(request, services, name, token)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return await holder(request, services.access, token.strip(), services.settings.origins)


def refuse(error: GatewaydError) -> Response:
    """Say that it failed."""
    status = status_of(error)
    words = "unauthorized" if isinstance(error, Unauthenticated) else str(error)
    out: SmsGateErrorOut = {"code": status, "message": words}
    headers = headers_of(error)
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="gatewayd"'
    return json_response(out, status, headers)


DIALECT: Final = Dialect(
    identify,
    refuse,
    {
        "smsgate": {
            "type": "http",
            "scheme": "basic",
            "description": "The client's name, and a token of it as the password.",
        },
        "token": {},
    },
    failure=SmsGateErrorOut,
)

DENIED: Final = {
    401: "The token is wrong.",
    403: "The token lacks the scope.",
    429: "A limit of the client is reached; `Retry-After` says when to try again.",
}
BODY: Final = {
    400: "Something is wrong with the request; the message says what.",
    413: "The body is too large.",
    415: "The body is no JSON.",
}
