"""Who may do what with a batch. Releasing a large one takes a second pair of eyes: many people read a mistake. Pure."""

from __future__ import annotations

from gatewayd.access.roles import Permission
from gatewayd.access.scopes import Principal
from gatewayd.errors import GatewaydError


class ApproverRequired(GatewaydError):
    """A batch of this size is approved by a person whose role allows that; programs can't."""

    code = "approver_required"


class RoleRequired(GatewaydError):
    """This needs a role, or a token, that may work with batches."""

    code = "role_required"


class SelfApproval(GatewaydError):
    """A batch of this size is approved by somebody who did not make it."""

    code = "self_approval"


def require_approver(principal: Principal, *, good: int, above: int, created_by: str) -> None:
    """Raise where ``principal`` may not release a batch.

    Args:
        principal: who wants to.
        good: its rows that can be sent.
        above: how many of those need no second person.
        created_by: who made it, as the audit calls them.
    """
    if good <= above:
        if not principal.can(Permission.APPROVE):
            require_worker(principal)
        return
    if not principal.can(Permission.APPROVE):
        raise ApproverRequired
    if principal.actor == created_by:
        raise SelfApproval


def require_worker(principal: Principal) -> None:
    """Raise where ``principal`` may not make, pause, resume or cancel batches."""
    if not principal.can(Permission.BATCH):
        raise RoleRequired
