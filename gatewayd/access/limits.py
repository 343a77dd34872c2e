"""What a client is limited to, and how that is changed: with its line in the audit, and told to who heeds it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from gatewayd import audit
from gatewayd.access import money, records
from gatewayd.access.view import ClientView
from gatewayd.errors import FieldError, InvalidRequest, NotFound, PreconditionFailed
from gatewayd.message import Doubt, Priority
from gatewayd.phone import is_region
from gatewayd.store.transaction import Tx

#: What a COMMIT is announced as after which a client is limited to something else.
LIMITS_TOPIC = "access.limits"
#: More than any count or sum (of millionths) that SQLite can hold would be a slip of the finger.
MOST = 10**12


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """What one client is limited to. None: as the configuration says for all, and otherwise not at all."""

    parts_per_minute: int | None = None
    """Parts that leave in any 60 seconds, sliding. Above it messages wait."""
    parts_per_hour: int | None = None
    parts_per_day: int | None = None
    money_per_month: int | None = None
    """Micros that the parts accepted in a calendar month (UTC) may cost. Above it nothing is accepted."""
    queue_cap: int | None = None
    """Parts that may wait. Above it nothing is accepted."""
    requests_per_minute: int | None = None
    """Requests to the API, of all its tokens together."""
    countries: tuple[str, ...] | None = None
    """ISO 3166 codes of the recipients' countries."""
    modem: str | None = None
    """The only modem that its messages leave by."""
    priority: Priority | None = None
    """The most urgent that its messages may have; those without one get it where ``normal`` is above it."""
    in_doubt: Doubt | None = None
    """What is done with its messages in doubt, where they say nothing of that themselves."""

    def over(self, general: ClientLimits) -> ClientLimits:
        """These limits, and the ``general`` ones where these say nothing."""
        own = {name: value for name in LIMIT_NAMES if (value := getattr(self, name)) is not None}
        return replace(general, **own)

    def told(self) -> dict[str, Any]:
        """Those that are set, as the audit writes them down."""
        return {name: value for name, value in asdict(self).items() if value is not None}


LIMIT_NAMES = tuple(field.name for field in fields(ClientLimits))
NO_LIMITS = ClientLimits()
_COUNTS = ("parts_per_minute", "parts_per_hour", "parts_per_day", "queue_cap", "requests_per_minute")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What limits can name: that depends on the configuration."""

    modems: tuple[str, ...] | None = None
    """Names of the configured modems; None: not known here, and any is taken."""
    priced: bool = True
    """Whether parts have a price, without which money limits nothing."""


def of_client(tx: Tx, client_id: int) -> ClientLimits:
    """The limits of the client with that number; no limits where it has none of its own."""
    return _limits(records.find_limits.first(tx, {"client_id": client_id}))


def of_all(tx: Tx) -> dict[int, ClientLimits]:
    """The limits of every client that has some of its own."""
    return {row.client_id: _limits(row) for row in records.all_limits.all(tx, {})}


@dataclass(frozen=True, slots=True)
class LimitedClient:
    """A client with what it is limited to."""

    client: ClientView
    limits: ClientLimits

    @property
    def etag(self) -> str:
        """A word that changes with anything that is shown of it."""
        seen = (self.client.name, self.client.created_at.isoformat(), self.client.disabled, self.limits)
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def limited_clients(tx: Tx) -> list[LimitedClient]:
    """All clients by name."""
    known = of_all(tx)
    return [LimitedClient(client, known.get(client.id, NO_LIMITS)) for client in records.clients(tx)]


def limited_client(tx: Tx, name: str) -> LimitedClient:
    """The client of that name. Raises NotFound."""
    client = records.client_by_name(tx, name)
    if client is None:
        raise NotFound(f"there is no client {name!r}")
    return LimitedClient(client, of_client(tx, client.id))


@dataclass(frozen=True, slots=True)
class LimitsChange:
    """Which limits of a client somebody wants changed, and why."""

    client: str
    values: Mapping[str, Any]
    """By the names of ``ClientLimits``; what isn't named stays, None takes a limit away."""
    reason: str | None = None
    if_match: frozenset[str] | None = None
    """``etag`` s of which the client must have one still; None: any."""


def change(tx: Tx, wanted: LimitsChange, bounds: Bounds, actor: str, at: datetime) -> LimitedClient:
    """Change limits. Raises NotFound, PreconditionFailed, and InvalidRequest that names every wrong one."""
    before = limited_client(tx, wanted.client)
    if wanted.if_match is not None and before.etag not in wanted.if_match:
        raise PreconditionFailed(f"the client {wanted.client!r} has changed since you looked: look again")
    if errors := _errors(wanted.values, bounds):
        raise InvalidRequest(errors)
    limits = replace(before.limits, **wanted.values)
    if limits == before.limits:
        return before
    records.set_limits.change(tx, {"client_id": before.client.id} | _row(limits))
    audit.record(
        tx,
        actor=actor,
        action="client.limits",
        object=f"client:{wanted.client}",
        reason=wanted.reason,
        before=before.limits.told(),
        after=limits.told(),
        at=at,
    )
    tx.announce(LIMITS_TOPIC)
    return LimitedClient(before.client, limits)


def _errors(values: Mapping[str, Any], bounds: Bounds) -> list[FieldError]:
    errors = []
    for name in (*_COUNTS, "money_per_month"):
        value = values.get(name)
        if value is not None and not 1 <= value <= MOST:
            most = money.shown(MOST) if name == "money_per_month" else f"{MOST:,}"
            errors.append(FieldError(f"limits.{name}", "range", f"must be above 0 and at most {most}"))
    if values.get("money_per_month") is not None and not bounds.priced:
        words = "limits nothing while parts have no price: set [prices] in the configuration first"
        errors.append(FieldError("limits.money_per_month", "no_prices", words))
    modem = values.get("modem")
    if modem is not None and bounds.modems is not None and modem not in bounds.modems:
        known = ", ".join(bounds.modems) or "none"
        errors.append(FieldError("limits.modem", "unknown", f"is not a configured modem; there is: {known}"))
    countries = values.get("countries")
    if countries is not None and (not countries or not all(map(is_region, countries))):
        words = "must name countries by their codes in ISO 3166, such as ES or PT"
        errors.append(FieldError("limits.countries", "choice", words))
    return errors


def _row(limits: ClientLimits) -> dict[str, Any]:
    countries = None if limits.countries is None else " ".join(limits.countries)
    return {name: getattr(limits, name) for name in LIMIT_NAMES} | {"countries": countries}


def _limits(row: Any) -> ClientLimits:
    if row is None:
        return NO_LIMITS
    values = {name: getattr(row, name) for name in LIMIT_NAMES}
    if row.countries is not None:
        values["countries"] = tuple(row.countries.split())
    if row.priority is not None:
        values["priority"] = Priority(row.priority)
    if row.in_doubt is not None:
        values["in_doubt"] = Doubt(row.in_doubt)
    return ClientLimits(**values)
