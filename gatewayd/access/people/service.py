"""People as the rest of the system sees them: who they are, and how they come in."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Final

import trio

from gatewayd.access.people import enrolling, policy, registry, signing, starting, totp
from gatewayd.access.people.door import Door, totp_context
from gatewayd.access.people.errors import ProofNeeded
from gatewayd.access.people.links import LIFETIME
from gatewayd.access.people.passwords import Passwords
from gatewayd.access.people.records import persons
from gatewayd.access.people.secrets import digest, new_recovery_codes, new_token, recovery_digest
from gatewayd.access.people.sessions import Sessions
from gatewayd.access.people.settings import PeopleSettings
from gatewayd.access.people.view import (
    Enrolment,
    FirstStart,
    NewPerson,
    PersonView,
    Profile,
    SessionLine,
    SessionView,
    SignedIn,
    SignInLink,
)
from gatewayd.access.roles import Role
from gatewayd.clock import Clock
from gatewayd.errors import Conflict, FieldError, InvalidRequest
from gatewayd.sealing import Keyring, SealBroken
from gatewayd.store.runner import Runner

_FIRST_START: Final = timedelta(hours=24)
_TICK: Final = 60.0  # seconds between two looks at what is to be written down
_LAST_WORDS: Final = 1.0  # seconds for that at a stop


class People:
    """People and their sessions on the database ``runner``; one object for the whole process.

    Args:
        runner: the database.
        clock: where the time comes from.
        keyring: seals the secrets of second factors.
        settings: ``[people]``.
        passwords: how passwords are hashed, where not with the usual parameters.
    """

    def __init__(
        self,
        runner: Runner,
        clock: Clock,
        keyring: Keyring,
        settings: PeopleSettings,
        *,
        passwords: Passwords | None = None,
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._keyring = keyring
        self._passwords = passwords or Passwords()
        self._sessions = Sessions(runner, clock, settings)
        self._door = Door(runner, clock, keyring, self._sessions, self._passwords)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Write down, once a minute and at the end, which sign-ins failed meanwhile. Never returns."""
        task_status.started()
        try:
            while True:
                await trio.sleep(_TICK)
                await self._door.write_failures()
        finally:
            with trio.move_on_after(_LAST_WORDS, shield=True):
                await self._door.write_failures(all_of_them=True)

    # Coming in and going out

    async def sign_in(
        self,
        name: str,
        password: str,
        code: str | None = None,
        *,
        address: str,
        agent: str,
        previous: str | None = None,
    ) -> SignedIn:
        """Begin a session.

        Args:
            name: as typed; case and spaces around don't matter.
            password: as typed.
            code: of the second factor, or a recovery code; None or empty: none was given.
            address: of the one who asks, for the throttle and the audit.
            agent: what the browser calls itself.
            previous: the session token that the browser came with: that session ends.

        Raises:
            SignInRefused: name, password or code is wrong, or it is too early for another attempt.
            CodeNeeded: the password is right, and a code is needed: go on with ``finish_sign_in``.
        """
        return await self._door.sign_in(name, password, code, address=address, agent=agent, previous=previous)

    async def finish_sign_in(
        self, ticket: str, code: str, *, address: str, agent: str, previous: str | None = None
    ) -> SignedIn:
        """Begin a session with the code that ``CodeNeeded`` asked for. Raises SignInRefused.

        A ticket holds for five minutes and five codes; then it is back to the password.
        """
        return await self._door.finish(ticket, code, address=address, agent=agent, previous=previous)

    async def enter_by_link(
        self, secret: str, *, address: str, agent: str, previous: str | None = None
    ) -> SignedIn:
        """Begin a session with a link, which is used up whatever comes of it.

        Raises SignInRefused, and CodeNeeded where a second factor is in force.
        """
        return await self._door.enter_by_link(secret, address=address, agent=agent, previous=previous)

    async def session_of(self, session_token: str, *, seen: bool = True) -> SessionView:
        """Return the session of a cookie's value. Raises NotSignedIn.

        ``seen``: whether that counts as a use, which keeps the session alive; not for what a page does by itself.
        """
        return await self._sessions.view(session_token, seen=seen)

    def is_csrf(self, session: SessionView, token: str) -> bool:
        """Whether ``token`` is the one that the forms of ``session`` carry."""
        return hmac.compare_digest(session.csrf.encode(), token.encode(errors="surrogatepass"))

    async def sign_out(self, session_token: str) -> None:
        """End a session; once more changes nothing."""
        await self._runner.run(signing.leave, digest(session_token), self._clock.now())

    async def prove(self, session_token: str, password: str, *, address: str) -> SignedIn:
        """Give the password once more, for what needs a ``fresh`` session; the session goes on under a new token.

        Raises NotSignedIn and SignInRefused.
        """
        session = await self.session_of(session_token)
        return await self._door.prove(session, session_token, password, address=address)

    # One's own account

    async def sessions(self, session: SessionView) -> list[SessionLine]:
        """Return one's own sessions, the last used first."""
        return await self._sessions.of(session)

    async def open_sessions(self) -> int:
        """Return how many sessions of all people are open."""
        return await self._sessions.count()

    async def end_session(self, session: SessionView, session_id: int) -> None:
        """End one of one's own sessions. Raises NotFound."""
        now = self._clock.now()
        await self._runner.run(signing.leave_elsewhere, session.person, session_id, now)

    async def change_password(self, session_token: str, current: str, new: str, *, address: str) -> SignedIn:
        """Change one's own password. All sessions end, and this one goes on under a new token.

        Raises NotSignedIn, SignInRefused (``current`` is wrong), InvalidRequest (``new``).
        """
        session = await self.session_of(session_token)
        _check(policy.password_errors(new, name=session.person.name, field="new_password"))
        return await self._door.change_password(session, session_token, current, new, address=address)

    async def set_profile(self, session: SessionView, profile: Profile) -> PersonView:
        """Change one's own display name, language and e-mail address. Raises InvalidRequest."""
        actor, now = session.principal.actor, self._clock.now()
        return await self._runner.run(registry.set_profile, session.person.id, profile, actor, now)

    async def begin_totp(self, session: SessionView) -> Enrolment:
        """Make the secret of a second factor, to be confirmed with a code. Raises ProofNeeded, Conflict."""
        _require_proof(session)
        secret = totp.new_secret()
        sealed = self._keyring.seal(secret, totp_context(session.person.id))
        await self._runner.run(enrolling.begin, session, sealed)
        return Enrolment(totp.spelled(secret), totp.uri(secret, session.person.name))

    async def pending_totp(self, session: SessionView) -> Enrolment:
        """Return the second factor that is being set up, to show it once more. Raises ProofNeeded, Conflict."""
        _require_proof(session)
        _, secret = await self._pending(session)
        return Enrolment(totp.spelled(secret), totp.uri(secret, session.person.name))

    async def confirm_totp(self, session: SessionView, code: str) -> list[str]:
        """Put the second factor in force, sign out elsewhere, and return the recovery codes: this once.

        Raises ProofNeeded, InvalidRequest (the code is wrong), Conflict.
        """
        _require_proof(session)
        sealed, secret = await self._pending(session)
        now = self._clock.now()
        step = totp.step_of(secret, code, now.timestamp(), after=None)
        codes = new_recovery_codes()
        digests = [recovery_digest(each) for each in codes]
        await self._runner.run(enrolling.confirm, session, sealed, step, digests, now)
        return codes

    async def renew_recovery_codes(self, session: SessionView) -> list[str]:
        """Make new recovery codes; the old ones are void. Raises ProofNeeded, Conflict."""
        _require_proof(session)
        codes = new_recovery_codes()
        digests = [recovery_digest(each) for each in codes]
        await self._runner.run(enrolling.renew_codes, session, digests, self._clock.now())
        return codes

    async def recovery_codes_left(self, session: SessionView) -> int:
        """How many of one's own recovery codes are not used."""
        return await self._runner.read(persons.recovery_codes_left, session.person.id)

    async def drop_totp(self, session: SessionView, password: str, *, address: str) -> None:
        """Do without a second factor from now on. Raises SignInRefused: the password is wrong."""
        await self._door.check(session, password, address=address)
        await self._runner.run(enrolling.drop, session, self._clock.now())

    # Administration

    async def everybody(self) -> list[PersonView]:
        """Return all people by name."""
        return await self._runner.read(persons.persons)

    async def find(self, name: str) -> PersonView:
        """Return the person of that name. Raises NotFound."""
        return await self._runner.read(registry.find, name)

    async def create(self, asked: NewPerson, *, actor: str) -> PersonView:
        """Add a person. Raises InvalidRequest with every wrong field, Conflict ``person_exists``."""
        asked = _checked(asked)
        hashed = await self._passwords.hash(asked.password)
        return await self._runner.run(registry.create, asked, hashed, actor, self._clock.now())

    async def set_roles(
        self, name: str, roles: tuple[Role, ...], *, actor: str, reason: str | None = None
    ) -> PersonView:
        """Give somebody these roles and sign them out. Raises NotFound, InvalidRequest, Conflict ``last_admin``."""
        return await self._runner.run(registry.set_roles, name, roles, actor, reason, self._clock.now())

    async def set_disabled(
        self, name: str, disabled: bool, *, actor: str, reason: str | None = None
    ) -> PersonView:
        """Shut somebody out at once, or let them in again. Raises NotFound, Conflict ``last_admin``."""
        return await self._runner.run(registry.set_disabled, name, disabled, actor, reason, self._clock.now())

    async def set_password(
        self, name: str, password: str, *, actor: str, temporary: bool = True, reason: str | None = None
    ) -> PersonView:
        """Give somebody a new password and sign them out; ``temporary``: to be changed at the next sign-in.

        Raises NotFound, InvalidRequest.
        """
        person = await self.find(name)
        _check(policy.password_errors(password, name=person.name))
        hashed = await self._passwords.hash(password)
        now = self._clock.now()
        return await self._runner.run(
            registry.set_password, person.name, hashed, temporary, actor, reason, now
        )

    async def drop_second_factor(self, name: str, *, actor: str, reason: str | None = None) -> PersonView:
        """Let somebody who lost their phone sign in without it, and sign them out. Raises NotFound."""
        return await self._runner.run(registry.drop_second_factor, name, actor, reason, self._clock.now())

    async def end_sessions(self, name: str, *, actor: str, reason: str | None = None) -> int:
        """Sign somebody out everywhere; return of how many sessions. Raises NotFound."""
        return await self._runner.run(registry.end_sessions, name, actor, reason, self._clock.now())

    async def sign_in_link(self, name: str, *, actor: str, reason: str | None = None) -> SignInLink:
        """Return a link's secret that signs somebody in once, within ten minutes and before the next restart.

        Raises NotFound, Conflict ``person_disabled``.
        """
        secret = await self._door.link(name, actor=actor, reason=reason)
        return SignInLink(secret, self._clock.now() + LIFETIME)

    # First start

    async def first_start_secret(self) -> FirstStart | None:
        """Return a new secret for the first start's link, good for a day; None where there is somebody already."""
        if await self._runner.read(persons.anybody):
            return None
        secret, expires_at = new_token(), self._clock.now() + _FIRST_START
        offered = await self._runner.run(starting.offer, digest(secret), expires_at)
        return FirstStart(secret, expires_at) if offered else None

    async def check_first_start(self, secret: str) -> None:
        """Raise FirstStartOver unless ``secret`` can be used now."""
        await self._runner.read(starting.check, digest(secret), self._clock.now())

    async def first_person(self, secret: str, asked: NewPerson, *, address: str, agent: str) -> SignedIn:
        """Use up the first start's link: add the first administrator, whatever roles are asked for, and sign in.

        Raises FirstStartOver, InvalidRequest with every wrong field.
        """
        await self.check_first_start(secret)  # first, so that guesses cost no hashing
        asked = _checked(replace(asked, roles=(Role.ADMIN,), temporary=False))
        hashed = await self._passwords.hash(asked.password)
        token, now = new_token(), self._clock.now()
        address, agent = signing.trimmed(address, agent)
        person = await self._runner.run(
            starting.redeem, digest(secret), asked, hashed, digest(token), address, agent, now
        )
        return await self._sessions.signed_in(token, person)

    async def _pending(self, session: SessionView) -> tuple[bytes, bytes]:
        sealed = await self._runner.read(enrolling.pending, session)
        try:
            return sealed, self._keyring.open(sealed, totp_context(session.person.id))
        except SealBroken:
            words = "the set-up was begun with a key that is gone: begin it again"
            raise Conflict("no_enrolment", words) from None


def _checked(asked: NewPerson) -> NewPerson:
    """The same with its name in the form that is stored. Raises InvalidRequest with every wrong field."""
    asked = replace(asked, name=policy.normal_name(asked.name))
    _check(policy.person_errors(asked))
    return asked


def _check(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidRequest(errors)


def _require_proof(session: SessionView) -> None:
    if not session.fresh:
        raise ProofNeeded
