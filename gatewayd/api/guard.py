"""Who may make a call: the bearer token, or the peer of the Unix socket."""

from __future__ import annotations

import os

from starlette.requests import Request

from gatewayd.access.scopes import Principal, Scope
from gatewayd.access.service import Access, Unauthenticated
from gatewayd.errors import GatewaydError
from gatewayd.http.origin import Origins


class Forbidden(GatewaydError):
    """The token doesn't allow this."""

    code = "scope_required"


#: Whoever is root, or runs as the daemon does, could read its database anyway.
_ADMINISTRATORS = frozenset({0, os.geteuid()})


#: Believes no proxy.
_DIRECT = Origins()


async def authorize(request: Request, access: Access, scope: Scope, origins: Origins = _DIRECT) -> Principal:
    """Return who makes the request; ``origins`` tells from where it comes.

    Raises Unauthenticated, Forbidden where the token lacks ``scope``, and LimitReached.
    """
    principal = await _identify(request, access, origins)
    require(principal, scope)
    return principal


def require(principal: Principal, scope: Scope) -> None:
    """Raise Forbidden where the principal's token lacks ``scope``."""
    if not principal.may(scope):
        raise Forbidden(f"this needs a token with the scope {scope.value!r}")


async def holder(request: Request, access: Access, token: str, origins: Origins = _DIRECT) -> Principal:
    """Return who holds the ``token`` that came with the request. Raises Unauthenticated and LimitReached."""
    return await access.authenticate(token, lambda: origins.of(request.scope))


async def _identify(request: Request, access: Access, origins: Origins) -> Principal:
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated
        return await holder(request, access, token.strip(), origins)
    peer = getattr(request.state, "peer", None)
    if peer is not None and peer.uid in _ADMINISTRATORS:
        return await access.local_administrator(peer.uid)
    raise Unauthenticated
