"""Rotating a token: a new one takes its place, and the old one ends, at once or after an overlap.

Whoever holds the old secret, its owner or a thief, has it until then and no longer. The new one is as long-lived as
the old one was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gatewayd import audit
from gatewayd.access import records
from gatewayd.access.registry import TokenRequest, issue
from gatewayd.access.secret import Secret
from gatewayd.access.view import TokenView
from gatewayd.errors import Conflict, FieldError, InvalidRequest, NotFound
from gatewayd.store.transaction import Tx

#: Two secrets that open the same door for longer are no rotation.
LONGEST_OVERLAP = timedelta(days=90)
DEFAULT_OVERLAP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Which token is to be replaced, and how."""

    token: str
    """Its public name."""
    overlap: timedelta = DEFAULT_OVERLAP
    """How long both are good for; zero ends the old one at once."""
    expires_at: datetime | None = None
    """When the new one expires; None: as long after now as the old one did after it was made."""
    reason: str | None = None


def rotate(tx: Tx, rotation: Rotation, secret: Secret, actor: str, at: datetime) -> TokenView:
    """Store the new token and end the old one; return the new one.

    Raises NotFound, InvalidRequest, and Conflict: ``token_ended`` for one that is revoked or expired already,
    ``token_rotated`` for one that has been rotated.
    """
    if not timedelta() <= rotation.overlap <= LONGEST_OVERLAP:
        words = f"must be 0 to {LONGEST_OVERLAP.days} days"
        raise InvalidRequest([FieldError("overlap_seconds", "range", words)])
    old = records.token_by_id(tx, rotation.token)
    if old is None:
        raise NotFound(f"there is no token {rotation.token!r}")
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= at):
        raise Conflict("token_ended", "it is over already: make a new token instead")
    if (newer := records.replacement_of(tx, old.id)) is not None:
        raise Conflict("token_rotated", f"{newer} replaces it already: rotate that one, or revoke this one")
    request = TokenRequest(
        client=old.client,
        scopes=old.scopes,
        name=old.name,
        expires_at=rotation.expires_at or _as_long(old, at),
        networks=tuple(map(str, old.networks)),
    )
    fresh = issue(tx, request, secret, actor, at, replaces=old.id)
    _end(tx, old, rotation.overlap, at)
    until = at + rotation.overlap
    audit.record(
        tx,
        actor=actor,
        action="token.rotate",
        object=f"token:{old.id}",
        reason=rotation.reason,
        after={"client": old.client, "replaced_by": fresh.id, "ends_at": until.isoformat()},
        at=at,
    )
    return fresh


def _as_long(old: TokenView, at: datetime) -> datetime | None:
    return None if old.expires_at is None else at + (old.expires_at - old.created_at)


def _end(tx: Tx, old: TokenView, overlap: timedelta, at: datetime) -> None:
    if overlap:
        records.end_at(tx, old.id, at + overlap)
    else:
        records.revoke(tx, old.id, at)
