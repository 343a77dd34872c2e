"""What a token allows, and who stands behind a request."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Scope(enum.StrEnum):
    """One permission. A token has at least one; ``admin`` includes all others."""

    SEND = "send"
    """Submit messages, and cancel or retry one's own."""
    READ = "read"
    """See one's own messages and events, and the modems."""
    INBOX = "inbox"
    """Read what was received, from whomever: it belongs to no client."""
    METRICS = "metrics"
    """Read ``/metrics``, where the configuration closes it."""
    ADMIN = "admin"
    """Everything, for every client: see all messages, steer modems and the queue, manage clients and tokens."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request."""

    client_id: int
    client: str
    """The client's name."""
    token_id: str | None
    """Public name of the token; None for an administrator of this machine, who comes without one."""
    scopes: frozenset[Scope]
    actor: str
    """What the audit calls this principal: ``client:shop/4f1d…`` (client and token), ``local:uid 0``."""

    def may(self, scope: Scope) -> bool:
        """Whether ``scope`` is granted, directly or through ``admin``."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    @property
    def is_admin(self) -> bool:
        """Whether everybody's messages may be seen."""
        return Scope.ADMIN in self.scopes

    @property
    def sees(self) -> int | None:
        """The client whose things are visible; None: everybody's."""
        return None if self.is_admin else self.client_id
