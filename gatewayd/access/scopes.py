"""What a token allows, and who stands behind a request."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gatewayd.access.roles import Permission, Person


class Scope(enum.StrEnum):
    """One permission. A token has at least one; ``admin`` includes all others."""

    SEND = "send"
    """Submit messages, and cancel or retry one's own."""
    READ = "read"
    """See one's own messages and events, and the modems."""
    INBOX = "inbox"
    """Read what was received, from whomever: it belongs to no client."""
    WEBHOOKS = "webhooks"
    """Manage one's own webhooks: who is told of one's messages (and, with ``inbox``, of received ones)."""
    METRICS = "metrics"
    """Read ``/metrics``, where the configuration closes it."""
    ADMIN = "admin"
    """Everything, for every client: see all messages, steer modems and the queue, manage clients and tokens."""


#: What a token with a scope may do in a person's terms. No token may approve: that takes a person.
_OF_SCOPE: Final[Mapping[Scope, frozenset[Permission]]] = {
    Scope.SEND: frozenset({Permission.SEND, Permission.HANDLE, Permission.BATCH}),
    Scope.READ: frozenset({Permission.LOOK}),
    Scope.INBOX: frozenset(),
    Scope.WEBHOOKS: frozenset(),
    Scope.METRICS: frozenset(),
    Scope.ADMIN: frozenset(Permission) - {Permission.APPROVE},
}

#: What a person's permissions are in an application's terms.
_OF_PERMISSION: Final[Mapping[Permission, frozenset[Scope]]] = {
    Permission.LOOK: frozenset({Scope.READ, Scope.INBOX, Scope.METRICS}),
    Permission.SEND: frozenset({Scope.SEND}),
    Permission.MANAGE: frozenset({Scope.ADMIN}),
}


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
    """What the audit calls this principal: ``client:shop/4f1d…`` (client and token), ``user:ana``, ``local:uid 0``."""
    person: Person | None = None
    """Who is signed in; None for applications and for administrators of this machine."""

    def may(self, scope: Scope) -> bool:
        """Whether ``scope`` is granted, directly or through ``admin``."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def can(self, permission: Permission) -> bool:
        """Whether ``permission`` is granted: to a person by their roles, to a token by its scopes."""
        if self.person is not None:
            return permission in self.person.permissions
        if self.token_id is None and self.is_admin:
            return True  # an administrator of this machine
        return any(permission in _OF_SCOPE[scope] for scope in self.scopes)

    @property
    def is_admin(self) -> bool:
        """Whether everything may be done, for every client."""
        return Scope.ADMIN in self.scopes

    @property
    def sees(self) -> int | None:
        """The client whose things are visible; None: everybody's."""
        return None if self.is_admin or self.person is not None else self.client_id


def person_principal(client_id: int, client: str, person: Person) -> Principal:
    """Return the principal of somebody who is signed in; what they send belongs to ``client``."""
    scopes = frozenset[Scope]().union(*(_OF_PERMISSION.get(each, ()) for each in person.permissions))
    return Principal(client_id, client, None, scopes, f"user:{person.name}", person)
