"""Sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from gatewayd.access.people.records import persons
from gatewayd.access.people.tables import person, session
from gatewayd.access.people.view import PersonView
from gatewayd.store.prepared import Prepared
from gatewayd.store.transaction import Tx

_INSERT = Prepared(
    insert(session).values(
        {column.name: bindparam(column.name) for column in session.columns if column.name != "id"}
    )
)
_BY_DIGEST = Prepared(select(session).where(session.c.digest == bindparam("wanted")))
_PERSON = Prepared(select(person).where(person.c.id == bindparam("wanted")))
_OF_PERSON = Prepared(
    select(session).where(session.c.person_id == bindparam("wanted")).order_by(session.c.seen_at.desc())
)
_TOUCH = Prepared(update(session).where(session.c.id == bindparam("wanted")).values(seen_at=bindparam("now")))
_END = Prepared(delete(session).where(session.c.digest == bindparam("wanted")))
_END_ONE_OF = Prepared(
    delete(session).where(session.c.id == bindparam("wanted"), session.c.person_id == bindparam("owner"))
)
_END_ALL_OF = Prepared(
    delete(session).where(session.c.person_id == bindparam("owner"), session.c.id != bindparam("but"))
)
_COUNT = Prepared(
    select(func.count()).where(
        session.c.created_at >= bindparam("created_before"), session.c.seen_at >= bindparam("seen_before")
    )
)
_END_OLD = Prepared(
    delete(session).where(
        or_(session.c.created_at < bindparam("created_before"), session.c.seen_at < bindparam("seen_before"))
    )
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A session with its person, as it stands in the database."""

    id: int
    person: PersonView
    created_at: datetime
    seen_at: datetime
    proven_at: datetime
    address: str
    agent: str


def insert_session(tx: Tx, digest: bytes, person_id: int, address: str, agent: str, now: datetime) -> int:
    """Add a session that begins now, with the password just given, and return its id."""
    values = {
        "digest": digest,
        "person_id": person_id,
        "created_at": now,
        "seen_at": now,
        "proven_at": now,
        "address": address,
        "agent": agent,
    }
    return _INSERT.insert(tx, values)


def by_digest(tx: Tx, digest: bytes) -> Stored | None:
    """Return the session of that digest, however old it is."""
    row = _BY_DIGEST.first(tx, {"wanted": digest})
    if row is None:
        return None
    owner = _PERSON.first(tx, {"wanted": row.person_id})
    if owner is None:
        return None
    view = persons.person_view(owner, persons.roles_of(tx, row.person_id))
    return Stored(row.id, view, row.created_at, row.seen_at, row.proven_at, row.address, row.agent)


def of_person(tx: Tx, person_id: int) -> list[tuple[int, datetime, datetime, str, str]]:
    """Return id, beginning, last request, address and browser of somebody's sessions, the last used first."""
    return [
        (row.id, row.created_at, row.seen_at, row.address, row.agent)
        for row in _OF_PERSON.all(tx, {"wanted": person_id})
    ]


def touch(tx: Tx, session_id: int, now: datetime) -> None:
    """Note that a session was used."""
    _TOUCH.change(tx, {"wanted": session_id, "now": now})


def end(tx: Tx, digest: bytes) -> bool:
    """End a session; False where there is none."""
    return _END.change(tx, {"wanted": digest}) == 1


def end_one_of(tx: Tx, person_id: int, session_id: int) -> bool:
    """End one of somebody's sessions; False where it isn't theirs."""
    return _END_ONE_OF.change(tx, {"wanted": session_id, "owner": person_id}) == 1


def end_all_of(tx: Tx, person_id: int, *, but: int = 0) -> int:
    """End all sessions of somebody, ``but`` one; return how many."""
    return _END_ALL_OF.change(tx, {"owner": person_id, "but": but})


def count(tx: Tx, *, created_before: datetime, seen_before: datetime) -> int:
    """Return how many sessions are neither older than one time nor unused since the other."""
    return _COUNT.scalar(tx, {"created_before": created_before, "seen_before": seen_before}) or 0


def end_old(tx: Tx, *, created_before: datetime, seen_before: datetime) -> int:
    """Forget the sessions that are over by age; return how many."""
    return _END_OLD.change(tx, {"created_before": created_before, "seen_before": seen_before})
