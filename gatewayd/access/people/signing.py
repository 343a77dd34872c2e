"""Coming in and proving oneself again: functions inside a transaction, each with its line in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gatewayd import audit
from gatewayd.access.people.records import persons, sessions
from gatewayd.access.people.view import PersonView
from gatewayd.errors import NotFound
from gatewayd.store.transaction import Tx

_AGENT_LENGTH: Final = 200
_ADDRESS_LENGTH: Final = 45


@dataclass(frozen=True, slots=True)
class Second:
    """What was given as the second factor, looked at as far as that goes without using it up."""

    sealed: bytes | None
    """The secret that it was compared with."""
    step: int | None
    """The time step that the code belongs to; None: to none."""
    recovery: bytes
    """The digest of a recovery code, should it be one."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whose password was right, with what their session is to be."""

    person_id: int
    password: str
    """The hash that it was found right by."""
    second: Second | None
    digest: bytes
    """Of the new session's token."""
    previous: bytes | None
    """Digest of the token that the browser came with: that session ends."""
    address: str
    agent: str
    rehashed: str | None = None
    """The same password with today's parameters."""
    proof: str = "password"
    """What was given where there is no second factor: ``password`` or ``link``."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """Before when sessions are over: begun, and last used."""

    created_before: datetime
    seen_before: datetime


def trimmed(address: str, agent: str) -> tuple[str, str]:
    """Return what is kept of where somebody comes from: as much as the columns hold, of what can be shown."""
    return address[:_ADDRESS_LENGTH], "".join(filter(str.isprintable, agent))[:_AGENT_LENGTH]


def enter(tx: Tx, arrival: Arrival, horizon: Horizon, at: datetime) -> PersonView | None:
    """Begin a session; None where the person may not come in after all. Sessions that are over by age go."""
    person = _admitted(tx, arrival)
    if person is None:
        return None
    how = _second_factor(tx, person, arrival, at)
    if how is None:
        return None
    if arrival.rehashed is not None:
        persons.rehash(tx, person.id, arrival.password, arrival.rehashed)
    sessions.end_old(tx, created_before=horizon.created_before, seen_before=horizon.seen_before)
    _begin(tx, arrival, at)
    persons.set_signed_in(tx, person.id, at)
    after = {"with": how, "address": arrival.address}
    _note(tx, "session.begin", person.name, at, after)
    return person


def prove(tx: Tx, arrival: Arrival, at: datetime) -> PersonView | None:
    """Go on with a new session in which the password was just given; None where the old one is gone."""
    person = _admitted(tx, arrival)
    if person is None or arrival.previous is None or sessions.by_digest(tx, arrival.previous) is None:
        return None
    _begin(tx, arrival, at)
    _note(tx, "session.proof", person.name, at, {"address": arrival.address})
    return person


def change_password(tx: Tx, arrival: Arrival, hashed: str, at: datetime) -> PersonView | None:
    """Replace one's own password: all sessions end, and a new one begins; None where the old one is gone."""
    person = _admitted(tx, arrival)
    if person is None or arrival.previous is None or sessions.by_digest(tx, arrival.previous) is None:
        return None
    persons.set_password(tx, person.id, hashed, False, at)
    ended = sessions.end_all_of(tx, person.id)
    _begin(tx, arrival, at)
    _note(tx, "person.password", person.name, at, {"temporary": False, "sessions_ended": ended})
    return replace(person, temporary=False)


def leave(tx: Tx, digest: bytes, at: datetime) -> None:
    """End a session; nothing where there is none."""
    found = sessions.by_digest(tx, digest)
    if found is not None and sessions.end(tx, digest):
        _note(tx, "session.end", found.person.name, at, {})


def leave_elsewhere(tx: Tx, person: PersonView, session_id: int, at: datetime) -> None:
    """End one of somebody's own sessions. Raises NotFound."""
    if not sessions.end_one_of(tx, person.id, session_id):
        raise NotFound("you have no such session")
    _note(tx, "session.end", person.name, at, {"elsewhere": True})


def _admitted(tx: Tx, arrival: Arrival) -> PersonView | None:
    found = persons.by_id(tx, arrival.person_id)
    if found is None or found.view.disabled or found.password != arrival.password:
        return None  # changed while the password was being looked at
    return found.view


def _begin(tx: Tx, arrival: Arrival, at: datetime) -> None:
    if arrival.previous is not None:
        sessions.end(tx, arrival.previous)
    sessions.insert_session(tx, arrival.digest, arrival.person_id, arrival.address, arrival.agent, at)


def _second_factor(tx: Tx, person: PersonView, arrival: Arrival, at: datetime) -> str | None:
    """Use up what was given; return what it was, the first proof where none is needed, None where it is wrong."""
    if not person.second_factor:
        return arrival.proof
    second = arrival.second
    if second is None:
        return None
    found = persons.by_id(tx, person.id)
    same = found is not None and found.totp == second.sealed
    if same and second.step is not None and persons.use_step(tx, person.id, second.step):
        return "code"
    if persons.use_recovery_code(tx, person.id, second.recovery):
        left = persons.recovery_codes_left(tx, person.id)
        _note(tx, "person.recovery_code_used", person.name, at, {"left": left})
        return "recovery code"
    return None


def _note(tx: Tx, action: str, name: str, at: datetime, after: Mapping[str, object]) -> None:
    audit.record(tx, actor=f"user:{name}", action=action, object=f"person:{name}", after=after or None, at=at)
