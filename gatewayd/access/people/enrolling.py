"""Setting up a second factor: functions inside a transaction, each with its line in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gatewayd import audit
from gatewayd.access.people.door import totp_context
from gatewayd.access.people.records import persons, sessions
from gatewayd.access.people.records.persons import Proofs
from gatewayd.access.people.view import SessionView
from gatewayd.errors import Conflict, FieldError, InvalidRequest, NotFound
from gatewayd.sealing import Resealing
from gatewayd.store.transaction import Tx


def begin(tx: Tx, session: SessionView, sealed: bytes) -> None:
    """Keep a secret that is to be confirmed; it replaces an earlier one that wasn't. Raises Conflict."""
    _without_second_factor(tx, session)
    persons.set_totp(tx, session.person.id, sealed, None, None)


def pending(tx: Tx, session: SessionView) -> bytes:
    """Return the sealed secret that waits for its first code. Raises Conflict ``no_enrolment``."""
    found = _without_second_factor(tx, session)
    if found.totp is None:
        raise Conflict("no_enrolment", "there is nothing to confirm: begin the set-up again")
    return found.totp


def confirm(
    tx: Tx, session: SessionView, sealed: bytes, step: int | None, codes: Sequence[bytes], at: datetime
) -> None:
    """Put the second factor in force and sign the person out elsewhere; ``step`` is that of the code given."""
    if pending(tx, session) != sealed:
        raise Conflict("no_enrolment", "the set-up was begun anew elsewhere: go on there")
    if step is None:
        words = "is not the code that is shown now: look at the phone's clock, and give the six digits"
        raise InvalidRequest([FieldError("code", "wrong", words)])
    persons.set_totp(tx, session.person.id, sealed, at, step)
    persons.set_recovery_codes(tx, session.person.id, codes)
    sessions.end_all_of(tx, session.person.id, but=session.id)
    _note(tx, session, "person.second_factor_on", at)


def renew_codes(tx: Tx, session: SessionView, codes: Sequence[bytes], at: datetime) -> None:
    """Replace one's own recovery codes. Raises Conflict ``no_second_factor``."""
    if not _proofs(tx, session).view.second_factor:
        raise Conflict("no_second_factor", "recovery codes belong to a second factor, and there is none")
    persons.set_recovery_codes(tx, session.person.id, codes)
    _note(tx, session, "person.recovery_codes", at)


def drop(tx: Tx, session: SessionView, at: datetime) -> None:
    """Do without the second factor, and sign out elsewhere; nothing where there is none."""
    if not _proofs(tx, session).view.second_factor:
        return
    persons.set_totp(tx, session.person.id, None, None, None)
    persons.set_recovery_codes(tx, session.person.id, ())
    sessions.end_all_of(tx, session.person.id, but=session.id)
    _note(tx, session, "person.second_factor_off", at)


def _without_second_factor(tx: Tx, session: SessionView) -> Proofs:
    found = _proofs(tx, session)
    if found.view.second_factor:
        raise Conflict("second_factor_on", "there is a second factor already: switch it off first")
    return found


def _proofs(tx: Tx, session: SessionView) -> Proofs:
    found = persons.by_id(tx, session.person.id)
    if found is None:
        raise NotFound("there is no such person")
    return found


def _note(tx: Tx, session: SessionView, action: str, at: datetime) -> None:
    name = session.person.name
    audit.record(tx, actor=session.principal.actor, action=action, object=f"person:{name}", at=at)


def reseal(tx: Tx, resealing: Resealing) -> None:
    """Seal every secret of a second factor with the present key."""
    for person_id, sealed in persons.sealed_totps(tx):
        renewed = resealing.renew(sealed, totp_context(person_id))
        if renewed is not None:
            persons.replace_totp(tx, person_id, renewed)
