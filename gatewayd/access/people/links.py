"""Links that sign somebody in once, in place of the password: an administrator hands one over, or a program opens it.

They are this process's, like tickets: after a restart there is none. What a link stands in for is the password alone;
the second factor is asked for all the same.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gatewayd import audit
from gatewayd.access.people.records import persons
from gatewayd.access.people.secrets import digest, new_token
from gatewayd.clock import Clock
from gatewayd.errors import Conflict, NotFound
from gatewayd.store.transaction import Tx

LIFETIME: Final = timedelta(minutes=10)
_MOST: Final = 100  # at a time; the oldest goes first


@dataclass(frozen=True, slots=True)
class Held:
    """Whom a link is for."""

    name: str
    password: str
    """The hash at that time: a link ends with the password."""
    until: float


class Links:
    """Those that are out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links: OrderedDict[bytes, Held] = OrderedDict()

    def issue(self, name: str, password: str) -> str:
        """Return the secret of a new link for somebody."""
        secret = new_token()
        until = self._clock.monotonic() + LIFETIME.total_seconds()
        self._links[digest(secret)] = Held(name, password, until)
        while len(self._links) > _MOST:
            self._links.popitem(last=False)
        return secret

    def take(self, secret: str) -> Held | None:
        """Use a link up; None where there is none such, or it is too old."""
        held = self._links.pop(digest(secret), None)
        return held if held is not None and held.until > self._clock.monotonic() else None


def note(tx: Tx, name: str, actor: str, reason: str | None, at: datetime) -> str:
    """Write down that a link is made for somebody; return the hash of their password.

    Raises NotFound, and Conflict ``person_disabled``.
    """
    found = persons.by_name(tx, name)
    if found is None:
        raise NotFound(f"there is no person {name}")
    if found.view.disabled:
        raise Conflict("person_disabled", f"{name} can't sign in: enable them first")
    audit.record(tx, actor=actor, action="person.sign_in_link", object=f"person:{name}", reason=reason, at=at)
    return found.password
