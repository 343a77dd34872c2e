"""Sessions of people: found by the hash of what the browser holds, and looked at anew for each request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from gatewayd.access import csrf, registry
from gatewayd.access.people.errors import NotSignedIn
from gatewayd.access.people.records import sessions
from gatewayd.access.people.records.sessions import Stored
from gatewayd.access.people.secrets import digest
from gatewayd.access.people.settings import PeopleSettings
from gatewayd.access.people.signing import Horizon
from gatewayd.access.people.view import Duty, PersonView, SessionLine, SessionView, SignedIn
from gatewayd.access.roles import Permission, Person, permissions_of
from gatewayd.access.scopes import Principal, person_principal
from gatewayd.clock import Clock
from gatewayd.errors import StorageFull
from gatewayd.log import get_logger
from gatewayd.store.runner import Lane, Runner

#: The client in whose name people send messages.
WEB_CLIENT: Final = "web"
#: How exactly the last use of a session is known.
_SEEN_EVERY: Final = timedelta(minutes=1)

_log = get_logger("gatewayd.access")


class Sessions:
    """The sessions on the database ``runner``."""

    def __init__(self, runner: Runner, clock: Clock, settings: PeopleSettings) -> None:
        self._runner = runner
        self._clock = clock
        self._idle = timedelta(seconds=settings.session_idle)
        self._lifetime = timedelta(seconds=settings.session_lifetime)
        self._proof = timedelta(seconds=settings.proof_lifetime)
        self._needing_second_factor = frozenset(settings.second_factor_roles)
        self._client_id: int | None = None

    def horizon(self, now: datetime) -> Horizon:
        """Before when sessions are over."""
        return Horizon(created_before=now - self._lifetime, seen_before=now - self._idle)

    async def view(self, token: str, *, seen: bool) -> SessionView:
        """Return the session of ``token``; ``seen``: and note that it was used. Raises NotSignedIn."""
        now = self._clock.now()
        stored = await self._runner.read(sessions.by_digest, digest(token))
        if stored is None or stored.person.disabled or self._is_over(stored, now):
            raise NotSignedIn
        if seen and now - stored.seen_at >= _SEEN_EVERY:
            await self._note_use(stored.id, now)
        duties = self.duties(stored.person)
        return SessionView(
            id=stored.id,
            person=stored.person,
            principal=await self.principal(stored.person),
            csrf=csrf.token_for(token),
            created_at=stored.created_at,
            seen_at=stored.seen_at,
            fresh=now - stored.proven_at < self._proof,
            duties=duties,
            address=stored.address,
            agent=stored.agent,
        )

    async def of(self, session: SessionView) -> list[SessionLine]:
        """Return the sessions of the one who asks, the last used first."""
        horizon = self.horizon(self._clock.now())
        rows = await self._runner.read(sessions.of_person, session.person.id)
        return [
            SessionLine(number, created_at, seen_at, address, agent, current=number == session.id)
            for number, created_at, seen_at, address, agent in rows
            if created_at >= horizon.created_before and seen_at >= horizon.seen_before
        ]

    async def count(self) -> int:
        """Return how many sessions are open."""
        horizon = self.horizon(self._clock.now())
        return await self._runner.read(
            lambda tx: sessions.count(
                tx, created_before=horizon.created_before, seen_before=horizon.seen_before
            )
        )

    async def signed_in(self, token: str, person: PersonView) -> SignedIn:
        """Return what the browser is given for a new session."""
        return SignedIn(token, csrf.token_for(token), await self.principal(person), self.duties(person))

    async def principal(self, person: PersonView) -> Principal:
        """Return who makes a request in a session of ``person``."""
        granted = frozenset[Permission]() if self.duties(person) else permissions_of(person.roles)
        known = Person(
            person.id, person.name, person.display_name, person.language, frozenset(person.roles), granted
        )
        return person_principal(await self._client(known), WEB_CLIENT, known)

    def duties(self, person: PersonView) -> tuple[Duty, ...]:
        """Return what ``person`` has to put right before anything else."""
        duties = []
        if person.temporary:
            duties.append(Duty.PASSWORD)
        if not person.second_factor and not self._needing_second_factor.isdisjoint(person.roles):
            duties.append(Duty.SECOND_FACTOR)
        return tuple(duties)

    def _is_over(self, stored: Stored, now: datetime) -> bool:
        horizon = self.horizon(now)
        return stored.created_at < horizon.created_before or stored.seen_at < horizon.seen_before

    async def _client(self, person: Person) -> int:
        if self._client_id is None:
            actor, now = f"user:{person.name}", self._clock.now()
            view = await self._runner.run(registry.ensure_client, WEB_CLIENT, actor, now)
            self._client_id = view.id
        return self._client_id

    async def _note_use(self, session_id: int, now: datetime) -> None:
        """That this can't be written is no reason to turn anybody away."""
        try:
            await self._runner.run(sessions.touch, session_id, now, lane=Lane.BULK)
        except StorageFull:
            _log.info("session.use_not_noted")
