"""Which HTTP status a failure has in the APIs of others, where they agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatewayd.access.service import Unauthenticated
from gatewayd.api.guard import Forbidden
from gatewayd.errors import (
    Conflict,
    GatewaydError,
    InvalidRequest,
    KeyReused,
    LimitReached,
    NotFound,
    SearchTooLong,
    StorageFailed,
    StorageFull,
)
from gatewayd.http.problems import BadRequest

#: Seconds after which trying again may help, where nothing better is known.
_LATER: Final = 60

_STATUSES: Final[Mapping[type[GatewaydError], int]] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    KeyReused: 409,
    InvalidRequest: 400,
    LimitReached: 429,
    SearchTooLong: 503,
    StorageFull: 503,
    StorageFailed: 503,
}


def status_of(error: GatewaydError) -> int:
    """Return the status. Raises ``error`` itself where nobody said how to answer it: it is a defect then."""
    if isinstance(error, BadRequest):
        return error.status
    for parent in type(error).__mro__:
        if parent in _STATUSES:
            return _STATUSES[parent]
    raise error


def headers_of(error: GatewaydError) -> dict[str, str]:
    """Return when to try again, as a header, where trying again may help."""
    if isinstance(error, LimitReached):
        return {"retry-after": str(error.retry_after)}
    return {"retry-after": str(_LATER)} if isinstance(error, StorageFull | StorageFailed) else {}
