"""What others may know of clients and tokens. Plain shapes; never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gatewayd.access.networks import IPNetwork
from gatewayd.access.scopes import Scope


@dataclass(frozen=True, slots=True)
class ClientView:
    """An application that uses the gateway."""

    id: int
    name: str
    created_at: datetime
    disabled: bool


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token without its secret."""

    id: str
    """Its public name."""
    client: str
    name: str
    """What its owner says that it is for."""
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """A moment of the last day on which it was used; None: never."""
    networks: tuple[IPNetwork, ...] = ()
    """From where it may be used; empty: from anywhere."""
    replaces: str | None = None
    """Public name of the token that it was rotated from."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token at the one moment when it can be shown."""

    token: str
    view: TokenView
