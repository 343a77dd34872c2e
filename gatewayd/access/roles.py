"""What people may do: roles, and the permissions that each one brings. The only place that says so.

Applications have scopes instead; ``Principal.can`` answers for both.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


class Permission(enum.StrEnum):
    """One kind of deed."""

    LOOK = "look"
    """See messages, received ones, modems, lists, settings, the audit: everything but secrets."""
    SEND = "send"
    """Send one message, or one text to a few recipients."""
    HANDLE = "handle"
    """Correct what became of messages: send again, settle in doubt, cancel; opt-outs too."""
    STEER = "steer"
    """Pause, drain and resume modems and the queue."""
    BATCH = "batch"
    """Make, check, start, pause and cancel batches; write templates."""
    APPROVE = "approve"
    """Release a batch that somebody else made. Programs never may."""
    MANAGE = "manage"
    """People, applications and their tokens, webhooks, message types, settings."""


class Role(enum.StrEnum):
    """What somebody is, for the gateway. A person has one or more; their permissions add up."""

    VIEWER = "viewer"
    ATTENDANT = "attendant"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"


_LOOKING = frozenset({Permission.LOOK})
_ATTENDING = _LOOKING | {Permission.SEND}
_OPERATING = _ATTENDING | {Permission.HANDLE, Permission.STEER, Permission.BATCH}

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.VIEWER: _LOOKING,
    Role.ATTENDANT: _ATTENDING,
    Role.OPERATOR: _OPERATING,
    Role.APPROVER: _LOOKING | {Permission.APPROVE},
    Role.ADMIN: frozenset(Permission),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return what somebody with all of these roles may do."""
    return frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is signed in, as a request knows them."""

    id: int
    name: str
    """What they sign in with; the audit calls them ``user:<name>``."""
    display_name: str
    language: str
    """``en``, ``pt-BR``, ``es``, ``ca`` or ``pl``."""
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    """What they may do now; none while something of their account is to be put right first."""
