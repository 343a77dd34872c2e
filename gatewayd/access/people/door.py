"""Signing in: password, second factor, and how fast one may try."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client import Counter

from gatewayd.access.people import failures, links, policy, signing, totp
from gatewayd.access.people.errors import CodeNeeded, NotSignedIn, SignInRefused
from gatewayd.access.people.failures import Failures
from gatewayd.access.people.links import Links
from gatewayd.access.people.passwords import Passwords
from gatewayd.access.people.records import persons
from gatewayd.access.people.records.persons import Proofs
from gatewayd.access.people.secrets import digest, new_token, recovery_digest
from gatewayd.access.people.sessions import Sessions
from gatewayd.access.people.signing import Arrival, Second, trimmed
from gatewayd.access.people.throttle import Throttle
from gatewayd.access.people.tickets import Tickets
from gatewayd.access.people.view import SessionView, SignedIn
from gatewayd.clock import Clock
from gatewayd.errors import StorageFull
from gatewayd.log import get_logger
from gatewayd.sealing import Keyring, SealBroken
from gatewayd.store.runner import Lane, Runner

_log = get_logger("gatewayd.access")
_refusals = Counter("gatewayd_sign_in_refused_total", "Sign-ins refused, by reason", ["reason"])


def totp_context(person_id: int) -> str:
    """What the secret of somebody's second factor is sealed for."""
    return f"person:{person_id}:totp"


class Door:
    """Where people come in."""

    def __init__(
        self, runner: Runner, clock: Clock, keyring: Keyring, sessions: Sessions, passwords: Passwords
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._keyring = keyring
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = Throttle(clock)
        self._tickets = Tickets(clock)
        self._links = Links(clock)
        self._failures = Failures()

    async def sign_in(
        self, name: str, password: str, code: str | None, *, address: str, agent: str, previous: str | None
    ) -> SignedIn:
        """See ``People.sign_in``."""
        name = policy.normal_name(name)[: policy.NAME_LENGTH + 1]
        found = await self._with_right_password(name, password, address)
        if not found.view.second_factor:
            second = None
        elif not code:
            raise CodeNeeded(self._tickets.issue(found.view.name, found.password))
        else:
            second = self._second(found, code)
        rehashed = None
        if self._passwords.is_outdated(found.password):
            rehashed = await self._passwords.hash(password)
        token = new_token()
        arrival = _arrival(found, second, token, address, agent, previous, rehashed)
        return await self._enter(found, arrival, token)

    async def finish(
        self, ticket: str, code: str, *, address: str, agent: str, previous: str | None
    ) -> SignedIn:
        """See ``People.finish_sign_in``."""
        held = self._tickets.try_with(ticket)
        found = None if held is None else await self._runner.read(persons.by_name, held.name)
        if held is None or found is None or found.view.disabled or found.password != held.password:
            raise await self._refusal(None, address, "ticket")
        token = new_token()
        arrival = _arrival(found, self._second(found, code), token, address, agent, previous)
        signed_in = await self._enter(found, arrival, token)
        self._tickets.void(ticket)
        return signed_in

    async def link(self, name: str, *, actor: str, reason: str | None) -> str:
        """See ``People.sign_in_link``."""
        name = policy.normal_name(name)
        password = await self._runner.run(links.note, name, actor, reason, self._clock.now())
        return self._links.issue(name, password)

    async def enter_by_link(self, secret: str, *, address: str, agent: str, previous: str | None) -> SignedIn:
        """See ``People.enter_by_link``."""
        held = self._links.take(secret)
        found = None if held is None else await self._runner.read(persons.by_name, held.name)
        if held is None or found is None or found.view.disabled or found.password != held.password:
            raise await self._refusal(None, address, "link")
        if found.view.second_factor:
            raise CodeNeeded(self._tickets.issue(found.view.name, found.password))
        token = new_token()
        arrival = replace(_arrival(found, None, token, address, agent, previous), proof="link")
        return await self._enter(found, arrival, token)

    async def prove(self, session: SessionView, token: str, password: str, *, address: str) -> SignedIn:
        """See ``People.prove``."""
        found = await self.check(session, password, address=address)
        fresh = new_token()
        arrival = _arrival(found, None, fresh, address, session.agent, token)
        person = await self._runner.run(signing.prove, arrival, self._clock.now())
        if person is None:
            raise NotSignedIn
        return await self._sessions.signed_in(fresh, person)

    async def change_password(
        self, session: SessionView, token: str, current: str, new: str, *, address: str
    ) -> SignedIn:
        """See ``People.change_password``; ``new`` was found good enough."""
        found = await self.check(session, current, address=address)
        fresh, hashed = new_token(), await self._passwords.hash(new)
        arrival = _arrival(found, None, fresh, address, session.agent, token)
        person = await self._runner.run(signing.change_password, arrival, hashed, self._clock.now())
        if person is None:
            raise NotSignedIn
        return await self._sessions.signed_in(fresh, person)

    async def check(self, session: SessionView, password: str, *, address: str) -> Proofs:
        """Look at the password of somebody who is signed in. Raises SignInRefused."""
        return await self._with_right_password(session.person.name, password, address)

    async def write_failures(self, *, all_of_them: bool = False) -> None:
        """Write into the audit which failures are due; those that can't be written now are lost."""
        now = self._clock.now()
        if due := self._failures.due(now, all_of_them=all_of_them):
            try:
                await self._runner.run(failures.record, due, now, lane=Lane.BULK)
            except StorageFull:
                _log.warning("session.refusals_not_noted", people=len(due))

    async def _with_right_password(self, name: str, password: str, address: str) -> Proofs:
        if wait := self._throttle.begin(name, address):
            raise await self._refusal(None, address, "throttled", wait)
        found = await self._runner.read(persons.by_name, name)
        stored = found.password if found and not found.view.disabled else None
        # One answer, after the same work, for a wrong password, an unknown name and somebody disabled.
        right = await self._passwords.matches(password, stored)
        if found is None or not right:
            raise await self._refusal(found.view.name if found else None, address, "password")
        self._throttle.passed(name, address)
        return found

    def _second(self, found: Proofs, code: str) -> Second:
        if wait := self._throttle.begin_code(found.view.name):
            _refusals.labels("throttled").inc()
            raise SignInRefused(wait)
        step = None
        try:
            secret = self._keyring.open(found.totp or b"", totp_context(found.view.id))
            step = totp.step_of(secret, code, self._clock.now().timestamp(), after=found.totp_step)
        except SealBroken as broken:
            # A recovery code still opens: it needs no key.
            _log.error("session.second_factor_sealed", person=found.view.name, error=str(broken))
        return Second(found.totp, step, recovery_digest(code))

    async def _enter(self, found: Proofs, arrival: Arrival, token: str) -> SignedIn:
        now = self._clock.now()
        person = await self._runner.run(signing.enter, arrival, self._sessions.horizon(now), now)
        if person is None:
            raise await self._refusal(found.view.name, arrival.address, "code")
        if arrival.second is not None:
            self._throttle.passed_code(person.name)
        _log.info("session.begun", person=person.name)
        return await self._sessions.signed_in(token, person)

    async def _refusal(self, name: str | None, address: str, reason: str, wait: int = 0) -> SignInRefused:
        """Count and log it; the reason is not told: whoever guesses shall not learn how near the guess was."""
        _refusals.labels(reason).inc()
        if not wait:  # what is not even looked at can come thousands of times a second
            _log.warning("session.refused", reason=reason, person=name, address=address)
            self._failures.note(name, address, self._clock.now())
            await self.write_failures()
        return SignInRefused(wait)


def _arrival(
    found: Proofs,
    second: Second | None,
    token: str,
    address: str,
    agent: str,
    previous: str | None,
    rehashed: str | None = None,
) -> Arrival:
    address, agent = trimmed(address, agent)
    return Arrival(
        person_id=found.view.id,
        password=found.password,
        second=second,
        digest=digest(token),
        previous=None if previous is None else digest(previous),
        address=address,
        agent=agent,
        rehashed=rehashed,
    )
