"""Every statement on clients, their limits and tokens, built once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gatewayd.access.networks import IPNetwork, parse_network
from gatewayd.access.scopes import Scope
from gatewayd.access.tables import client, client_limits, token
from gatewayd.access.view import ClientView, TokenView
from gatewayd.store.prepared import Prepared
from gatewayd.store.transaction import Tx

_INSERT_CLIENT = insert(client)
_INSERT_TOKEN = insert(token)
_CLIENTS = select(client).order_by(client.c.name)
_CLIENT_BY_NAME = select(client).where(client.c.name == bindparam("wanted"))
_SET_DISABLED = (
    update(client).where(client.c.name == bindparam("wanted")).values(disabled=bindparam("new_disabled"))
)
_TOKENS = (
    select(token, client.c.name.label("client"), client.c.disabled)
    .join(client, client.c.id == token.c.client_id)
    .order_by(client.c.name, token.c.id)
)
_TOKENS_OF_CLIENT = _TOKENS.where(client.c.name == bindparam("wanted"))
_TOKEN_BY_ID = _TOKENS.where(token.c.public_id == bindparam("wanted"))
_USABLE_TOKENS = (
    _TOKENS.add_columns(client_limits.c.requests_per_minute)
    .outerjoin(client_limits, client_limits.c.client_id == client.c.id)
    .where(token.c.revoked_at.is_(None), client.c.disabled.is_(False))
)
_REVOKE = (
    update(token)
    .where(token.c.public_id == bindparam("wanted"), token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_REPLACEMENT = select(token.c.public_id).where(token.c.replaces == bindparam("wanted")).limit(1)
_END_AT = (
    update(token)
    .where(
        token.c.public_id == bindparam("wanted"),
        or_(
            token.c.expires_at.is_(None),
            token.c.expires_at > bindparam("until", type_=token.c.expires_at.type),
        ),
    )
    .values(expires_at=bindparam("until", type_=token.c.expires_at.type))
)
_TOUCH = update(token).where(token.c.public_id == bindparam("wanted")).values(last_used_at=bindparam("now"))

find_limits = Prepared(select(client_limits).where(client_limits.c.client_id == bindparam("client_id")))
all_limits = Prepared(select(client_limits))
_set_limits = upsert(client_limits)
set_limits = Prepared(
    _set_limits.on_conflict_do_update(
        index_elements=[client_limits.c.client_id],
        set_={
            column.name: _set_limits.excluded[column.name]
            for column in client_limits.c
            if column.name != "client_id"
        },
    )
)


def insert_client(tx: Tx, name: str, now: datetime) -> ClientView:
    """Add a client."""
    values = {"name": name, "created_at": now, "disabled": False}
    (client_id,) = tx.execute(_INSERT_CLIENT, values).inserted_primary_key or (0,)
    return ClientView(client_id, name, now, disabled=False)


def client_by_name(tx: Tx, name: str) -> ClientView | None:
    """Return the client of that name."""
    row = tx.execute(_CLIENT_BY_NAME, {"wanted": name}).one_or_none()
    return _client_view(row) if row else None


def clients(tx: Tx) -> list[ClientView]:
    """Return all clients by name."""
    return [_client_view(row) for row in tx.execute(_CLIENTS)]


def set_disabled(tx: Tx, name: str, disabled: bool) -> None:
    """Let in or shut out all tokens of a client."""
    tx.execute(_SET_DISABLED, {"wanted": name, "new_disabled": disabled})


def insert_token(tx: Tx, client_id: int, values: dict[str, Any]) -> None:
    """Add a token; ``values`` are its other columns, but ``revoked_at`` and ``last_used_at``."""
    tx.execute(_INSERT_TOKEN, {"client_id": client_id, "revoked_at": None, "last_used_at": None} | values)


def tokens(tx: Tx, client_name: str | None) -> list[TokenView]:
    """Return the tokens of one client, or of all, revoked ones too."""
    if client_name is None:
        return [_token_view(row) for row in tx.execute(_TOKENS)]
    return [_token_view(row) for row in tx.execute(_TOKENS_OF_CLIENT, {"wanted": client_name})]


def token_by_id(tx: Tx, public_id: str) -> TokenView | None:
    """Return the token of that public name."""
    row = tx.execute(_TOKEN_BY_ID, {"wanted": public_id}).one_or_none()
    return _token_view(row) if row else None


class UsableToken(NamedTuple):
    """A token that is neither revoked nor of a disabled client."""

    client_id: int
    digest: bytes
    requests_per_minute: int | None
    """Its client's own limit."""
    view: TokenView


def usable_tokens(tx: Tx) -> list[UsableToken]:
    """Return every usable token."""
    return [
        UsableToken(row.client_id, row.digest, row.requests_per_minute, _token_view(row))
        for row in tx.execute(_USABLE_TOKENS)
    ]


def revoke(tx: Tx, public_id: str, now: datetime) -> bool:
    """Mark a token as revoked; False where it was so already."""
    return tx.execute(_REVOKE, {"wanted": public_id, "now": now}).rowcount == 1


def replacement_of(tx: Tx, public_id: str) -> str | None:
    """Return the public name of the token that was rotated from this one."""
    return tx.execute(_REPLACEMENT, {"wanted": public_id}).scalar()


def end_at(tx: Tx, public_id: str, until: datetime) -> None:
    """Let a token expire at ``until``, where it doesn't before."""
    tx.execute(_END_AT, {"wanted": public_id, "until": until})


def touch(tx: Tx, public_id: str, now: datetime) -> None:
    """Note that a token was used."""
    tx.execute(_TOUCH, {"wanted": public_id, "now": now})


def _client_view(row: Row[Any]) -> ClientView:
    return ClientView(row.id, row.name, row.created_at, row.disabled)


def _token_view(row: Row[Any]) -> TokenView:
    return TokenView(
        id=row.public_id,
        client=row.client,
        name=row.name,
        scopes=tuple(Scope(word) for word in row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        networks=_networks(row.networks),
        replaces=row.replaces,
    )


def _networks(words: str | None) -> tuple[IPNetwork, ...]:
    return () if words is None else tuple(map(parse_network, words.split()))
