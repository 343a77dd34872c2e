"""Access as the rest of the system sees it: who is that, and who may come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from prometheus_client import Counter

from gatewayd.access import limits, records, registry, rotating, secret
from gatewayd.access.cache import Entry, TokenCache
from gatewayd.access.limits import Bounds, LimitedClient, LimitsChange
from gatewayd.access.networks import IPAddress, contains
from gatewayd.access.rate import Buckets
from gatewayd.access.registry import TokenRequest
from gatewayd.access.rotating import Rotation
from gatewayd.access.scopes import Principal, Scope
from gatewayd.access.settings import ClientsSettings
from gatewayd.access.view import ClientView, IssuedToken, TokenView
from gatewayd.audit import trail, verifying
from gatewayd.clock import Clock
from gatewayd.errors import GatewaydError, LimitReached, StorageFull
from gatewayd.log import get_logger
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

#: The client in whose name this machine's administrators act, over the Unix socket.
LOCAL_CLIENT = "local"

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

_log = get_logger("gatewayd.access")
_refusals = Counter(
    "gatewayd_access_refused_total", "Requests refused for their token, by reason", ["reason"]
)


_limited = Counter(
    "gatewayd_access_limited_total", "Requests refused because their client makes too many", ["client"]
)


class Unauthenticated(GatewaydError):
    """This needs a token that is valid: send `Authorization: Bearer gwd_…`."""

    code = "unauthenticated"


class Access:
    """Clients and tokens on the database ``runner``; one object for the whole process."""

    def __init__(
        self,
        runner: Runner,
        clock: Clock,
        *,
        settings: ClientsSettings | None = None,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._cache = TokenCache(runner)
        self._local: ClientView | None = None
        self._general = (settings or ClientsSettings()).limits()
        self._bounds = bounds
        self._buckets = Buckets()

    def limit_by(self, settings: ClientsSettings, bounds: Bounds) -> None:
        """Take over other limits of clients that have none of their own, and other bounds of those that have."""
        self._general, self._bounds = settings.limits(), bounds

    async def audit(
        self, *, limit: int, before: int | None = None, actor: str | None = None, subject: str | None = None
    ) -> list[trail.Entry]:
        """What was done by whom: see ``audit.page``; ``subject`` is the object that it was done to."""
        return await self._runner.read(
            lambda tx: trail.page(tx, limit=limit, before=before, actor=actor, object=subject)
        )

    async def verify_audit(self) -> verifying.Verdict:
        """Follow the whole chain of the audit, and tell how far it holds."""
        return await verifying.verify(self._runner)

    async def authenticate(
        self, token: str, address: Callable[[], IPAddress | None] = lambda: None
    ) -> Principal:
        """Return who holds ``token``, and count one request of its client.

        ``address`` tells from where the request comes, for tokens that may not be used from everywhere; None: unknown.
        Raises Unauthenticated: unknown, expired, revoked, used from a foreign address, or its client is disabled; the
        reason is logged and counted, but not told: whoever guesses shall not learn how near the guess was.
        Raises LimitReached ``rate_limited`` where the client makes too many requests.
        """
        public_id = secret.public_id(token)
        entries = await self._cache.entries()
        entry = entries.get(public_id) if public_id else None
        if entry is None or not secret.matches(token, entry.digest):
            raise self._refusal("unknown" if public_id else "malformed", public_id)
        now = self._clock.now()
        if entry.expires_at is not None and entry.expires_at <= now:
            raise self._refusal("expired", public_id)
        if entry.networks and not contains(entry.networks, used_from := address()):
            raise self._refusal("address", public_id, address=str(used_from))
        self._require_rate(entry)
        if entry.last_used_at is None or entry.last_used_at.date() != now.date():
            await self._note_use(entry)
        return entry.principal

    def _require_rate(self, entry: Entry) -> None:
        """Count one request of the token's client. Raises LimitReached where that was one too many."""
        most = entry.requests_per_minute or self._general.requests_per_minute
        if most is None:
            return
        principal = entry.principal
        seconds = self._buckets.take(principal.client_id, most, self._clock.monotonic())
        if seconds:
            _limited.labels(principal.client).inc()
            message = f"more than {most} requests a minute; the next one is answered in {seconds} s"
            raise LimitReached("rate_limited", message, seconds)

    async def local_administrator(self, uid: int) -> Principal:
        """Return the administrator of this machine, a peer of the Unix socket, who needs no token and may do all."""
        actor = f"local:uid {uid}"
        if self._local is None:
            self._local = await self._change(registry.ensure_client, LOCAL_CLIENT, actor, self._clock.now())
        return Principal(self._local.id, self._local.name, None, frozenset(Scope), actor)

    async def clients(self) -> list[ClientView]:
        """Return all clients by name."""
        return await self._runner.read(records.clients)

    async def limited_clients(self) -> list[LimitedClient]:
        """Return all clients by name, with the limits of their own."""
        return await self._runner.read(limits.limited_clients)

    async def limited_client(self, name: str) -> LimitedClient:
        """Return the client of that name, with the limits of its own. Raises NotFound."""
        return await self._runner.read(limits.limited_client, name)

    async def change_limits(self, wanted: LimitsChange, *, actor: str) -> LimitedClient:
        """Change what a client is limited to. Raises NotFound, PreconditionFailed and InvalidRequest."""
        return await self._change(limits.change, wanted, self._bounds, actor, self._clock.now())

    async def tokens(self, client: str | None = None) -> list[TokenView]:
        """Return the tokens of the client of that name, or all; expired and revoked ones too."""
        return await self._runner.read(records.tokens, client)

    async def create_client(self, name: str, *, actor: str) -> ClientView:
        """Add a client. Raises InvalidRequest for an unusable name, Conflict ``client_exists`` for a taken one."""
        return await self._change(registry.create_client, name, actor, self._clock.now())

    async def set_disabled(
        self, name: str, disabled: bool, *, actor: str, reason: str | None = None
    ) -> ClientView:
        """Shut out all tokens of a client, or let them in again. Raises NotFound."""
        return await self._change(registry.set_disabled, name, disabled, actor, reason, self._clock.now())

    async def issue(self, request: TokenRequest, *, actor: str) -> IssuedToken:
        """Make a token; this is the only time that it can be seen. Raises InvalidRequest with every wrong field."""
        fresh = secret.generate()
        view = await self._change(registry.issue, request, fresh, actor, self._clock.now())
        return IssuedToken(fresh.token, view)

    async def rotate(self, rotation: Rotation, *, actor: str) -> IssuedToken:
        """Make a token in the place of another; this is the only time that it can be seen.

        Raises NotFound, InvalidRequest, and Conflict where the old one is over or was rotated already.
        """
        fresh = secret.generate()
        view = await self._change(rotating.rotate, rotation, fresh, actor, self._clock.now())
        return IssuedToken(fresh.token, view)

    async def revoke(self, public_id: str, *, actor: str, reason: str | None = None) -> None:
        """End a token at once and for good; once more changes nothing. Raises NotFound."""
        await self._change(registry.revoke, public_id, actor, reason, self._clock.now())

    async def _change(self, function: Callable[[Tx, *_Ts], _T], *args: *_Ts) -> _T:
        def apply(tx: Tx, *inner: *_Ts) -> _T:
            tx.after_commit(self._cache.drop)
            return function(tx, *inner)

        return await self._runner.run(apply, *args)

    async def _note_use(self, entry: Entry) -> None:
        """Once a day for each token; that this can't be written is no reason to refuse anybody."""
        now = self._clock.now()
        entry.last_used_at = now  # First, so that requests arriving meanwhile don't write it too.
        try:
            await self._runner.run(records.touch, entry.principal.token_id or "", now, lane=Lane.BULK)
        except StorageFull:
            _log.info("token.use_not_noted", token=entry.principal.token_id)

    def _refusal(self, reason: str, public_id: str | None, **facts: str) -> Unauthenticated:
        _refusals.labels(reason).inc()
        _log.warning("access.refused", reason=reason, token=public_id, **facts)
        return Unauthenticated()
