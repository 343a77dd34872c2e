"""Lets an application see a request as its sender made it, although a proxy of ours passes it on."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from gatewayd.http.origin import Origins


class BehindProxies:
    """``app``, whose requests carry the client's own address and scheme where a trusted proxy tells them.

    Sign-ins are slowed down by address, and cookies are kept to TLS: both would go by the proxy otherwise.
    """

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope.get("client") is not None:
            address = self._origins.of(scope)
            client = None if address is None else (str(address), 0)
            scheme = "https" if self._origins.is_secure(scope) else "http"
            scope = {**scope, "client": client, "scheme": scheme}
        await self._app(scope, receive, send)
