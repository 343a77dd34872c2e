"""The first start: a link that lets whoever reads the log become the first administrator, while there is nobody."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final

from gatewayd.access.people import registry
from gatewayd.access.people.errors import FirstStartOver
from gatewayd.access.people.records import persons, sessions
from gatewayd.access.people.view import NewPerson, PersonView
from gatewayd.store.transaction import Tx

#: What the audit calls who comes by the link: nobody yet.
ACTOR: Final = "first start"


def offer(tx: Tx, digest: bytes, expires_at: datetime) -> bool:
    """Let this link be the one; False where there is somebody, so that none is needed."""
    if persons.anybody(tx):
        persons.drop_first_start(tx)
        return False
    persons.set_first_start(tx, digest, expires_at)
    return True


def check(tx: Tx, digest: bytes, at: datetime) -> None:
    """Raise FirstStartOver unless this link can be used."""
    link = None if persons.anybody(tx) else persons.first_start_link(tx)
    if link is None or link[1] <= at or not hmac.compare_digest(link[0], digest):
        raise FirstStartOver


def redeem(
    tx: Tx,
    digest: bytes,
    asked: NewPerson,
    hashed: str,
    session: bytes,
    address: str,
    agent: str,
    at: datetime,
) -> PersonView:
    """Use the link up: add the person and begin their session. Raises FirstStartOver."""
    check(tx, digest, at)
    person = registry.create(tx, asked, hashed, ACTOR, at)
    persons.drop_first_start(tx)
    sessions.insert_session(tx, session, person.id, address, agent, at)
    persons.set_signed_in(tx, person.id, at)
    return person
