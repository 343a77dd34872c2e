"""What changes clients and tokens: functions inside a transaction, each with its line in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gatewayd import audit
from gatewayd.access import records
from gatewayd.access.networks import parse_network
from gatewayd.access.scopes import Scope
from gatewayd.access.secret import Secret
from gatewayd.access.view import ClientView, TokenView
from gatewayd.errors import Conflict, FieldError, InvalidRequest, NotFound
from gatewayd.store.transaction import Tx

NAME_LENGTH = 64
#: What a COMMIT is announced as after which a client is shut out, or let in again.
CLIENTS_TOPIC = "access.clients"


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token that somebody wants."""

    client: str
    """Name of the client; it is created where there is none."""
    scopes: tuple[Scope, ...]
    name: str = ""
    """What it is for, in words."""
    expires_at: datetime | None = None
    networks: tuple[str, ...] = ()
    """From where it may be used, as in ``192.0.2.0/24``; empty: from anywhere."""


def create_client(tx: Tx, name: str, actor: str, at: datetime) -> ClientView:
    """Add a client. Raises InvalidRequest for an unusable name, Conflict ``client_exists`` for a taken one."""
    _check(_name_errors("name", name, required=True))
    if records.client_by_name(tx, name):
        raise Conflict("client_exists", f"there is a client {name!r} already")
    return _add_client(tx, name, actor, at)


def ensure_client(tx: Tx, name: str, actor: str, at: datetime) -> ClientView:
    """Return the client of that name, adding it where there is none."""
    return records.client_by_name(tx, name) or _add_client(tx, name, actor, at)


def set_disabled(
    tx: Tx, name: str, disabled: bool, actor: str, reason: str | None, at: datetime
) -> ClientView:
    """Shut out all tokens of a client, or let them in again. Raises NotFound."""
    client = records.client_by_name(tx, name)
    if client is None:
        raise NotFound(f"there is no client {name!r}")
    records.set_disabled(tx, name, disabled)
    audit.record(
        tx,
        actor=actor,
        action="client.disable" if disabled else "client.enable",
        object=f"client:{name}",
        reason=reason,
        before={"disabled": client.disabled},
        after={"disabled": disabled},
        at=at,
    )
    tx.announce(CLIENTS_TOPIC)
    return ClientView(client.id, client.name, client.created_at, disabled)


def issue(
    tx: Tx, request: TokenRequest, secret: Secret, actor: str, at: datetime, *, replaces: str | None = None
) -> TokenView:
    """Store a fresh token, made from the token ``replaces`` where that is given.

    Raises InvalidRequest, naming every wrong field.
    """
    _check(_token_errors(request, at))
    client = ensure_client(tx, request.client, actor, at)
    scopes = tuple(scope for scope in Scope if scope in request.scopes)
    networks = tuple(map(parse_network, request.networks))
    words = " ".join(map(str, networks)) or None
    values = {
        "public_id": secret.public_id,
        "digest": secret.digest,
        "name": request.name,
        "scopes": " ".join(scopes),
        "created_at": at,
        "expires_at": request.expires_at,
        "networks": words,
        "replaces": replaces,
    }
    records.insert_token(tx, client.id, values)
    after: dict[str, object] = {"client": client.name, "name": request.name, "scopes": list(scopes)}
    after |= {name: values[name] for name in ("networks", "replaces") if values[name] is not None}
    audit.record(
        tx, actor=actor, action="token.create", object=f"token:{secret.public_id}", after=after, at=at
    )
    return TokenView(
        id=secret.public_id,
        client=client.name,
        name=request.name,
        scopes=scopes,
        created_at=at,
        expires_at=request.expires_at,
        revoked_at=None,
        last_used_at=None,
        networks=networks,
        replaces=replaces,
    )


def revoke(tx: Tx, public_id: str, actor: str, reason: str | None, at: datetime) -> None:
    """End a token for good; once more changes nothing. Raises NotFound."""
    token = records.token_by_id(tx, public_id)
    if token is None:
        raise NotFound(f"there is no token {public_id!r}")
    if records.revoke(tx, public_id, at):
        after = {"client": token.client, "name": token.name}
        audit.record(
            tx,
            actor=actor,
            action="token.revoke",
            object=f"token:{public_id}",
            reason=reason,
            after=after,
            at=at,
        )


def _add_client(tx: Tx, name: str, actor: str, at: datetime) -> ClientView:
    client = records.insert_client(tx, name, at)
    audit.record(
        tx, actor=actor, action="client.create", object=f"client:{name}", after={"name": name}, at=at
    )
    return client


def _check(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidRequest(errors)


def _token_errors(request: TokenRequest, at: datetime) -> list[FieldError]:
    errors = _name_errors("client", request.client, required=True)
    errors += _name_errors("name", request.name, required=False)
    if not request.scopes:
        errors.append(FieldError("scopes", "required", f"give at least one of {', '.join(Scope)}"))
    if request.expires_at is not None and request.expires_at <= at:
        errors.append(FieldError("expires_at", "past", f"must be later than now, {at:%Y-%m-%dT%H:%M:%SZ}"))
    for position, network in enumerate(request.networks):
        try:
            parse_network(network)
        except ValueError as error:
            errors.append(FieldError(f"networks.{position}", "format", str(error)))
    return errors


def _name_errors(field: str, name: str, *, required: bool) -> list[FieldError]:
    """Names go into paths, logs and the audit: they are short, printable and without a slash."""
    fits = len(name) <= NAME_LENGTH and name.isprintable() and "/" not in name and name == name.strip()
    if fits and (name or not required):
        return []
    words = f"must be 1 to {NAME_LENGTH} printable characters without '/' and without spaces around"
    return [FieldError(field, "format", words)]
