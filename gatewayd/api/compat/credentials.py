"""Who calls: a token of ours in the place where other APIs have a password."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request

from gatewayd.access.scopes import Principal
from gatewayd.access.service import Unauthenticated
from gatewayd.api.guard import holder
from gatewayd.api.operation import Services


def basic(request: Request) -> tuple[str, str] | None:
    """Return user and password of HTTP Basic (RFC 7617); None where the request has none that can be read."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


async def client_with_token(request: Request, services: Services, name: str, token: str) -> Principal:
    """Return who holds ``token``, where that is the client ``name``. Raises Unauthenticated and LimitReached.

    An administrator of this machine gets no exception: whoever uses these APIs says for which client.
    """
    principal = await holder(request, services.access, token, services.settings.origins)
    if principal.client != name:
        raise Unauthenticated
    return principal
