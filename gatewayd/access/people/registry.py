"""What changes people: functions inside a transaction, each with its line in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gatewayd import audit
from gatewayd.access.people import policy
from gatewayd.access.people.records import persons, sessions
from gatewayd.access.people.view import NewPerson, PersonView, Profile
from gatewayd.access.roles import Role
from gatewayd.errors import Conflict, InvalidRequest, NotFound
from gatewayd.store.transaction import Tx


def find(tx: Tx, name: str) -> PersonView:
    """Return the person of that name. Raises NotFound."""
    found = persons.by_name(tx, policy.normal_name(name))
    if found is None:
        raise NotFound(f"there is no person {name!r}")
    return found.view


def create(tx: Tx, asked: NewPerson, hashed: str, actor: str, at: datetime) -> PersonView:
    """Add a person whose fields were found right. Raises Conflict ``person_exists``."""
    if persons.by_name(tx, asked.name) is not None:
        raise Conflict("person_exists", f"there is a person {asked.name!r} already")
    roles = tuple(role for role in Role if role in asked.roles)
    values = {
        "name": asked.name,
        "display_name": asked.display_name or asked.name,
        "language": asked.language,
        "email": asked.email,
        "disabled": False,
        "created_at": at,
        "signed_in_at": None,
        "password": hashed,
        "password_at": at,
        "temporary": asked.temporary,
        "totp": None,
        "totp_at": None,
        "totp_step": None,
    }
    persons.insert_person(tx, values, roles)
    after = {"display_name": values["display_name"], "roles": list(roles), "temporary": asked.temporary}
    _note(tx, actor, "person.create", asked.name, at, after=after)
    return find(tx, asked.name)


def set_roles(
    tx: Tx, name: str, roles: tuple[Role, ...], actor: str, reason: str | None, at: datetime
) -> PersonView:
    """Give somebody these roles, and sign them out. Raises NotFound, InvalidRequest, Conflict ``last_admin``."""
    if errors := policy.role_errors(roles):
        raise InvalidRequest(errors)
    person = find(tx, name)
    ordered = tuple(role for role in Role if role in roles)
    if ordered == person.roles:
        return person
    if Role.ADMIN not in ordered:
        _keep_an_admin(tx, person)
    persons.set_roles(tx, person.id, ordered)
    sessions.end_all_of(tx, person.id)
    _note(
        tx,
        actor,
        "person.roles",
        person.name,
        at,
        reason=reason,
        before={"roles": list(person.roles)},
        after={"roles": list(ordered)},
    )
    return find(tx, name)


def set_disabled(
    tx: Tx, name: str, disabled: bool, actor: str, reason: str | None, at: datetime
) -> PersonView:
    """Shut somebody out and end their sessions, or let them in again. Raises NotFound, Conflict ``last_admin``."""
    person = find(tx, name)
    if disabled:
        _keep_an_admin(tx, person)
        sessions.end_all_of(tx, person.id)
    persons.set_disabled(tx, person.id, disabled)
    _note(
        tx,
        actor,
        "person.disable" if disabled else "person.enable",
        person.name,
        at,
        reason=reason,
        before={"disabled": person.disabled},
        after={"disabled": disabled},
    )
    return find(tx, name)


def set_password(
    tx: Tx, name: str, hashed: str, temporary: bool, actor: str, reason: str | None, at: datetime
) -> PersonView:
    """Replace somebody's password and sign them out everywhere. Raises NotFound."""
    person = find(tx, name)
    persons.set_password(tx, person.id, hashed, temporary, at)
    ended = sessions.end_all_of(tx, person.id)
    after = {"temporary": temporary, "sessions_ended": ended}
    _note(tx, actor, "person.password", person.name, at, reason=reason, after=after)
    return find(tx, name)


def set_profile(tx: Tx, person_id: int, asked: Profile, actor: str, at: datetime) -> PersonView:
    """Replace what somebody says of themselves. Raises InvalidRequest, NotFound."""
    if errors := policy.profile_errors(asked):
        raise InvalidRequest(errors)
    found = persons.by_id(tx, person_id)
    if found is None:
        raise NotFound("there is no such person")
    view = found.view
    shown = asked.display_name or view.name
    persons.set_profile(tx, person_id, shown, asked.language, asked.email)
    before = {"display_name": view.display_name, "language": view.language}
    after = {"display_name": shown, "language": asked.language}
    _note(tx, actor, "person.profile", view.name, at, before=before, after=after)
    return find(tx, view.name)


def drop_second_factor(tx: Tx, name: str, actor: str, reason: str | None, at: datetime) -> PersonView:
    """Let somebody sign in without a second factor, and sign them out. Raises NotFound."""
    person = find(tx, name)
    persons.set_totp(tx, person.id, None, None, None)
    persons.set_recovery_codes(tx, person.id, ())
    sessions.end_all_of(tx, person.id)
    if person.second_factor:
        _note(tx, actor, "person.second_factor_off", person.name, at, reason=reason)
    return find(tx, name)


def end_sessions(tx: Tx, name: str, actor: str, reason: str | None, at: datetime) -> int:
    """Sign somebody out everywhere; return of how many sessions. Raises NotFound."""
    person = find(tx, name)
    ended = sessions.end_all_of(tx, person.id)
    _note(tx, actor, "person.sign_out", person.name, at, reason=reason, after={"sessions_ended": ended})
    return ended


def _keep_an_admin(tx: Tx, person: PersonView) -> None:
    if Role.ADMIN in person.roles and not person.disabled and not persons.other_admins(tx, person.id):
        raise Conflict("last_admin", f"{person.name} is the last administrator: make somebody else one first")


def _note(
    tx: Tx,
    actor: str,
    action: str,
    name: str,
    at: datetime,
    *,
    reason: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        tx,
        actor=actor,
        action=action,
        object=f"person:{name}",
        reason=reason,
        before=before,
        after=after,
        at=at,
    )
