"""Every statement on clients and tokens, built once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from gatewayd.access.scopes import Scope
from gatewayd.access.tables import client, token
from gatewayd.access.view import ClientView, TokenView
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
_USABLE_TOKENS = _TOKENS.where(token.c.revoked_at.is_(None), client.c.disabled.is_(False))
_REVOKE = (
    update(token)
    .where(token.c.public_id == bindparam("wanted"), token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_TOUCH = update(token).where(token.c.public_id == bindparam("wanted")).values(last_used_at=bindparam("now"))


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


def usable_tokens(tx: Tx) -> list[tuple[int, bytes, TokenView]]:
    """Return (client's id, digest, token) of every token that is neither revoked nor of a disabled client."""
    return [(row.client_id, row.digest, _token_view(row)) for row in tx.execute(_USABLE_TOKENS)]


def revoke(tx: Tx, public_id: str, now: datetime) -> bool:
    """Mark a token as revoked; False where it was so already."""
    return tx.execute(_REVOKE, {"wanted": public_id, "now": now}).rowcount == 1


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
    )
