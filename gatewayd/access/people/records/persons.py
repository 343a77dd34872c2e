"""People, their roles and what they prove themselves with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from gatewayd.access.people.tables import first_start, person, person_role, recovery_code
from gatewayd.access.people.view import PersonView
from gatewayd.access.roles import Role
from gatewayd.store.prepared import Prepared
from gatewayd.store.transaction import Tx

_INSERT = Prepared(
    insert(person).values(
        {column.name: bindparam(column.name) for column in person.columns if column.name != "id"}
    )
)
_ALL = Prepared(select(person).order_by(person.c.name))
_BY_NAME = Prepared(select(person).where(person.c.name == bindparam("wanted")))
_BY_ID = Prepared(select(person).where(person.c.id == bindparam("wanted")))
_ANY = Prepared(select(person.c.id).limit(1))
_WANTED = person.c.id == bindparam("wanted")
_SET_DISABLED = Prepared(update(person).where(_WANTED).values(disabled=bindparam("new_disabled")))
_SET_PASSWORD = Prepared(
    update(person)
    .where(_WANTED)
    .values(
        password=bindparam("new_password"), password_at=bindparam("now"), temporary=bindparam("new_temporary")
    )
)
_REHASH = Prepared(
    update(person)
    .where(_WANTED, person.c.password == bindparam("old_password"))
    .values(password=bindparam("new_password"))
)
_SET_PROFILE = Prepared(
    update(person)
    .where(_WANTED)
    .values(
        display_name=bindparam("new_display_name"),
        language=bindparam("new_language"),
        email=bindparam("new_email"),
    )
)
_SET_SIGNED_IN = Prepared(update(person).where(_WANTED).values(signed_in_at=bindparam("now")))
_SET_TOTP = Prepared(
    update(person)
    .where(_WANTED)
    .values(totp=bindparam("new_totp"), totp_at=bindparam("new_totp_at"), totp_step=bindparam("new_step"))
)
_SEALED_TOTPS = Prepared(select(person.c.id, person.c.totp).where(person.c.totp.is_not(None)))
_REPLACE_TOTP = Prepared(update(person).where(_WANTED).values(totp=bindparam("new_totp")))
_USE_STEP = Prepared(
    update(person)
    .where(_WANTED, or_(person.c.totp_step.is_(None), person.c.totp_step < bindparam("step")))
    .values(totp_step=bindparam("step"))
)
_ROLES = Prepared(select(person_role))
_ROLES_OF = Prepared(select(person_role.c.role).where(person_role.c.person_id == bindparam("wanted")))
_ADD_ROLE = Prepared(insert(person_role).values(person_id=bindparam("person_id"), role=bindparam("role")))
_DROP_ROLES = Prepared(delete(person_role).where(person_role.c.person_id == bindparam("wanted")))
_OTHER_ADMINS = Prepared(
    select(func.count())
    .select_from(person.join(person_role, person_role.c.person_id == person.c.id))
    .where(
        person_role.c.role == Role.ADMIN.value,
        person.c.disabled.is_(False),
        person.c.id != bindparam("wanted"),
    )
)
_ADD_CODE = Prepared(
    insert(recovery_code).values(person_id=bindparam("person_id"), digest=bindparam("digest"))
)
_DROP_CODES = Prepared(delete(recovery_code).where(recovery_code.c.person_id == bindparam("wanted")))
_USE_CODE = Prepared(
    delete(recovery_code).where(
        recovery_code.c.person_id == bindparam("wanted"), recovery_code.c.digest == bindparam("digest")
    )
)
_COUNT_CODES = Prepared(
    select(func.count()).select_from(recovery_code).where(recovery_code.c.person_id == bindparam("wanted"))
)
_FIRST_START = Prepared(select(first_start))
_DROP_FIRST_START = Prepared(delete(first_start))
_ADD_FIRST_START = Prepared(
    insert(first_start).values(
        id=bindparam("id"), digest=bindparam("digest"), expires_at=bindparam("expires_at")
    )
)


@dataclass(frozen=True, slots=True)
class Proofs:
    """A person with what they prove themselves with."""

    view: PersonView
    password: str
    totp: bytes | None
    """Sealed; in force only where ``view.second_factor``."""
    totp_step: int | None


def insert_person(tx: Tx, values: dict[str, Any], roles: Iterable[Role]) -> int:
    """Add a person and return their id; ``values`` are all other columns."""
    person_id = _INSERT.insert(tx, values)
    _add_roles(tx, person_id, roles)
    return person_id


def anybody(tx: Tx) -> bool:
    """Whether there is a person at all."""
    return _ANY.first(tx, {}) is not None


def persons(tx: Tx) -> list[PersonView]:
    """Return all people by name."""
    roles: dict[int, set[str]] = {}
    for row in _ROLES.all(tx, {}):
        roles.setdefault(row.person_id, set()).add(row.role)
    return [person_view(row, roles.get(row.id, set())) for row in _ALL.all(tx, {})]


def by_name(tx: Tx, name: str) -> Proofs | None:
    """Return the person who signs in as ``name``."""
    return _proofs(tx, _BY_NAME.first(tx, {"wanted": name}))


def by_id(tx: Tx, person_id: int) -> Proofs | None:
    """Return the person of that id."""
    return _proofs(tx, _BY_ID.first(tx, {"wanted": person_id}))


def roles_of(tx: Tx, person_id: int) -> set[str]:
    """Return somebody's roles."""
    return {row.role for row in _ROLES_OF.all(tx, {"wanted": person_id})}


def other_admins(tx: Tx, person_id: int) -> int:
    """How many administrators can sign in besides this one."""
    return _OTHER_ADMINS.scalar(tx, {"wanted": person_id}) or 0


def set_roles(tx: Tx, person_id: int, roles: Iterable[Role]) -> None:
    """Give somebody these roles and no others."""
    _DROP_ROLES.change(tx, {"wanted": person_id})
    _add_roles(tx, person_id, roles)


def set_disabled(tx: Tx, person_id: int, disabled: bool) -> None:
    """Shut somebody out, or let them in again."""
    _SET_DISABLED.change(tx, {"wanted": person_id, "new_disabled": disabled})


def set_password(tx: Tx, person_id: int, hashed: str, temporary: bool, now: datetime) -> None:
    """Replace somebody's password."""
    _SET_PASSWORD.change(
        tx, {"wanted": person_id, "new_password": hashed, "new_temporary": temporary, "now": now}
    )


def rehash(tx: Tx, person_id: int, old: str, new: str) -> None:
    """Store the same password with today's parameters; nothing where it was changed meanwhile."""
    _REHASH.change(tx, {"wanted": person_id, "old_password": old, "new_password": new})


def set_profile(tx: Tx, person_id: int, display_name: str, language: str, email: str | None) -> None:
    """Replace what somebody says of themselves."""
    _SET_PROFILE.change(
        tx,
        {
            "wanted": person_id,
            "new_display_name": display_name,
            "new_language": language,
            "new_email": email,
        },
    )


def set_signed_in(tx: Tx, person_id: int, now: datetime) -> None:
    """Note that somebody came in."""
    _SET_SIGNED_IN.change(tx, {"wanted": person_id, "now": now})


def sealed_totps(tx: Tx) -> list[tuple[int, bytes]]:
    """Every sealed secret of a second factor, with its person's number."""
    return [(row.id, row.totp) for row in _SEALED_TOTPS.all(tx, {})]


def replace_totp(tx: Tx, person_id: int, sealed: bytes) -> None:
    """Keep the same secret, sealed otherwise."""
    _REPLACE_TOTP.change(tx, {"wanted": person_id, "new_totp": sealed})


def set_totp(
    tx: Tx, person_id: int, sealed: bytes | None, confirmed_at: datetime | None, step: int | None
) -> None:
    """Replace somebody's second factor; without ``confirmed_at`` it is not in force."""
    _SET_TOTP.change(
        tx, {"wanted": person_id, "new_totp": sealed, "new_totp_at": confirmed_at, "new_step": step}
    )


def use_step(tx: Tx, person_id: int, step: int) -> bool:
    """Use up a time step of the second factor; False where it, or a later one, was used already."""
    return _USE_STEP.change(tx, {"wanted": person_id, "step": step}) == 1


def set_recovery_codes(tx: Tx, person_id: int, digests: Iterable[bytes]) -> None:
    """Replace somebody's recovery codes."""
    _DROP_CODES.change(tx, {"wanted": person_id})
    _ADD_CODE.change_many(tx, [{"person_id": person_id, "digest": digest} for digest in digests])


def use_recovery_code(tx: Tx, person_id: int, digest: bytes) -> bool:
    """Use up a recovery code; False where there is none such."""
    return _USE_CODE.change(tx, {"wanted": person_id, "digest": digest}) == 1


def recovery_codes_left(tx: Tx, person_id: int) -> int:
    """How many recovery codes somebody has."""
    return _COUNT_CODES.scalar(tx, {"wanted": person_id}) or 0


def set_first_start(tx: Tx, digest: bytes, expires_at: datetime) -> None:
    """Let the first start's link be this one."""
    _DROP_FIRST_START.change(tx, {})
    _ADD_FIRST_START.change(tx, {"id": 1, "digest": digest, "expires_at": expires_at})


def first_start_link(tx: Tx) -> tuple[bytes, datetime] | None:
    """Return the digest of the first start's link and how long it holds."""
    row = _FIRST_START.first(tx, {})
    return None if row is None else (row.digest, row.expires_at)


def drop_first_start(tx: Tx) -> None:
    """Let there be no first start's link any more."""
    _DROP_FIRST_START.change(tx, {})


def person_view(row: Any, roles: Iterable[str]) -> PersonView:
    """Make the shape that others see of a row with all columns of ``person``."""
    held = set(roles)
    return PersonView(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        language=row.language,
        email=row.email,
        roles=tuple(role for role in Role if role in held),
        disabled=row.disabled,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
        second_factor=row.totp_at is not None,
        temporary=row.temporary,
    )


def _proofs(tx: Tx, row: Any) -> Proofs | None:
    if row is None:
        return None
    return Proofs(person_view(row, roles_of(tx, row.id)), row.password, row.totp, row.totp_step)


def _add_roles(tx: Tx, person_id: int, roles: Iterable[Role]) -> None:
    _ADD_ROLE.change_many(tx, [{"person_id": person_id, "role": role.value} for role in roles])
