"""Who may release a batch: a second pair of eyes where many people would read a mistake. Pure."""

from __future__ import annotations

from gatewayd.access.roles import Permission
from gatewayd.access.scopes import Principal
from gatewayd.errors import GatewaydError


class ApproverRequired(GatewaydError):  # noqa: N818 - named after what it is, as all of these are
    """A batch of this size is approved by a person whose role allows that; programs can't."""

    code = "approver_required"


class SelfApproval(GatewaydError):  # noqa: N818
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
        return
    if not principal.can(Permission.APPROVE):
        raise ApproverRequired
    if principal.actor == created_by:
        raise SelfApproval
