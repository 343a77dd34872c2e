"""Clients and tokens: what comes in and what goes out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from gatewayd.access.registry import TokenRequest
from gatewayd.access.rotating import Rotation
from gatewayd.access.scopes import Scope
from gatewayd.access.view import ClientView, IssuedToken, TokenView
from gatewayd.api.wire.types import Incoming, Instant, Reason

ScopeName = Literal["send", "read", "inbox", "webhooks", "metrics", "admin"]


class ReasonIn(Incoming):
    """A deed that is to be accounted for."""

    reason: Reason


class ClientIn(Incoming):
    """A new client."""

    name: str = Field(description="Its name: 1 to 64 printable characters without `/`.")


class TokenIn(Incoming):
    """A new token."""

    client: str = Field(description="Name of the client; it is created where there is none.")
    scopes: list[ScopeName] = Field(
        min_length=1,
        description="What the token allows: `send` (submit, cancel and retry), `read` (see messages, events and "
        "modems), `inbox` (see what was received), `webhooks` (manage one's own webhooks), `metrics` (read /metrics), "
        "`admin` (everything, for every client).",
    )
    name: str = Field("", description="What it is for, in words.")
    expires_at: Instant | None = Field(None, description="Left out: it does not expire.")
    networks: list[str] = Field(
        [],
        description="From where it may be used: networks such as `192.0.2.0/24`, or addresses. Empty: from anywhere.",
    )

    def request(self) -> TokenRequest:
        """Return it as the domain takes it."""
        scopes = tuple(Scope(name) for name in self.scopes)
        return TokenRequest(self.client, scopes, self.name, self.expires_at, tuple(self.networks))


class RotationIn(Incoming):
    """How a token is to be replaced."""

    overlap_seconds: int = Field(
        24 * 3600,
        ge=0,
        le=90 * 86_400,
        description="For how long the old token stays good beside the new one; 0 ends it at once, as for a stolen one.",
    )
    expires_at: Instant | None = Field(
        None,
        description="When the new one expires. Left out: as long after now as the old one did after it was made.",
    )
    reason: Reason | None = None

    def rotation(self, token: str) -> Rotation:
        """Return it as the domain takes it."""
        return Rotation(token, timedelta(seconds=self.overlap_seconds), self.expires_at, self.reason)


class ClientOut(TypedDict):
    """An application that uses the gateway."""

    name: str
    created_at: datetime
    disabled: bool


class TokenOut(TypedDict):
    """A token without its secret."""

    id: str
    client: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    networks: list[str]
    """From where it may be used; empty: from anywhere."""
    replaces: str | None
    """Id of the token that it was rotated from."""


class TokensOut(TypedDict):
    """Tokens by client and age."""

    tokens: list[TokenOut]


class IssuedTokenOut(TokenOut):
    """A fresh token: `token` is shown this once."""

    token: str


def client_out(view: ClientView) -> ClientOut:
    """Write down a client."""
    return {"name": view.name, "created_at": view.created_at, "disabled": view.disabled}


def token_out(view: TokenView) -> TokenOut:
    """Write down a token."""
    return {
        "id": view.id,
        "client": view.client,
        "name": view.name,
        "scopes": list(view.scopes),
        "created_at": view.created_at,
        "expires_at": view.expires_at,
        "revoked_at": view.revoked_at,
        "last_used_at": view.last_used_at,
        "networks": [str(network) for network in view.networks],
        "replaces": view.replaces,
    }


def issued_out(issued: IssuedToken) -> IssuedTokenOut:
    """Write down a fresh token, secret included."""
    return {**token_out(issued.view), "token": issued.token}
