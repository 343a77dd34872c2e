"""Clients and tokens: made, recognised, ended, and written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gatewayd import audit
from gatewayd.access.registry import TokenRequest
from gatewayd.access.scopes import Scope
from gatewayd.access.service import Access, Unauthenticated
from gatewayd.clock import VirtualClock
from gatewayd.errors import Conflict, InvalidRequest, NotFound
from gatewayd.store.inline import InlineDatabase

SHOP = TokenRequest("shop", (Scope.SEND, Scope.READ), name="web shop")
BOSS = "local:uid 0"


def deeds(database: InlineDatabase) -> list[tuple[str, str, str]]:
    """Actor, action and object of every line of the audit, oldest first."""
    entries = database.transact(lambda tx: audit.page(tx, limit=100))
    return [(entry.actor, entry.action, entry.object) for entry in reversed(entries)]


def fields(raised: pytest.ExceptionInfo[InvalidRequest]) -> dict[str, str]:
    return {error.field: error.code for error in raised.value.errors}


async def test_token_issued_authenticates_its_client_with_its_scopes(access: Access) -> None:
    issued = await access.issue(SHOP, actor=BOSS)

    principal = await access.authenticate(issued.token)

    assert principal.client == "shop"
    assert principal.scopes == {Scope.SEND, Scope.READ}
    assert principal.actor == f"client:shop/{issued.view.id}"
    assert principal.sees == principal.client_id
    assert not principal.may(Scope.ADMIN)


async def test_token_of_an_administrator_may_everything_and_sees_all(access: Access) -> None:
    issued = await access.issue(TokenRequest("ops", (Scope.ADMIN,)), actor=BOSS)

    principal = await access.authenticate(issued.token)

    assert all(principal.may(scope) for scope in Scope)
    assert principal.sees is None


async def test_token_is_stored_as_its_hash_only(access: Access, database: InlineDatabase) -> None:
    issued = await access.issue(SHOP, actor=BOSS)

    dump = database.transact(lambda tx: "\n".join(tx.raw.iterdump()))

    assert issued.view.id in dump
    assert issued.token.rpartition("_")[2] not in dump


@pytest.mark.parametrize("token", ["", "gwd_000000000000_" + "A" * 43, "nonsense", "gwd_\ud800"])
async def test_token_unknown_is_refused(access: Access, token: str) -> None:
    await access.issue(SHOP, actor=BOSS)

    with pytest.raises(Unauthenticated):
        await access.authenticate(token)


async def test_token_with_a_wrong_secret_is_refused(access: Access) -> None:
    issued = await access.issue(SHOP, actor=BOSS)

    with pytest.raises(Unauthenticated):
        await access.authenticate(issued.token[:-3] + "AAA")


async def test_token_revoked_is_refused_at_once(access: Access) -> None:
    issued = await access.issue(SHOP, actor=BOSS)
    await access.authenticate(issued.token)

    await access.revoke(issued.view.id, actor=BOSS, reason="leaked")

    with pytest.raises(Unauthenticated):
        await access.authenticate(issued.token)


async def test_token_revoked_twice_is_recorded_once(access: Access, database: InlineDatabase) -> None:
    issued = await access.issue(SHOP, actor=BOSS)

    await access.revoke(issued.view.id, actor=BOSS)
    await access.revoke(issued.view.id, actor=BOSS)

    assert deeds(database) == [
        (BOSS, "client.create", "client:shop"),
        (BOSS, "token.create", f"token:{issued.view.id}"),
        (BOSS, "token.revoke", f"token:{issued.view.id}"),
    ]


async def test_token_expired_is_refused_though_it_is_in_the_cache(
    access: Access, clock: VirtualClock
) -> None:
    until = clock.now() + timedelta(hours=1)
    issued = await access.issue(TokenRequest("shop", (Scope.SEND,), expires_at=until), actor=BOSS)
    await access.authenticate(issued.token)

    clock.wall_offset = timedelta(hours=2)

    with pytest.raises(Unauthenticated):
        await access.authenticate(issued.token)


async def test_token_request_names_every_wrong_field(access: Access, clock: VirtualClock) -> None:
    with pytest.raises(InvalidRequest) as raised:
        await access.issue(TokenRequest("a/b", (), name="\n", expires_at=clock.now()), actor=BOSS)

    assert fields(raised) == {
        "client": "format",
        "name": "format",
        "scopes": "required",
        "expires_at": "past",
    }
    assert await access.clients() == []


async def test_token_unknown_cannot_be_revoked(access: Access) -> None:
    with pytest.raises(NotFound):
        await access.revoke("0123456789ab", actor=BOSS)


async def test_client_disabled_locks_out_its_tokens_until_enabled(access: Access) -> None:
    issued = await access.issue(SHOP, actor=BOSS)
    other = await access.issue(TokenRequest("other", (Scope.READ,)), actor=BOSS)

    await access.set_disabled("shop", True, actor=BOSS, reason="unpaid")

    with pytest.raises(Unauthenticated):
        await access.authenticate(issued.token)
    assert (await access.authenticate(other.token)).client == "other"
    await access.set_disabled("shop", False, actor=BOSS)
    assert (await access.authenticate(issued.token)).client == "shop"


async def test_client_created_twice_is_a_conflict(access: Access) -> None:
    await access.create_client("shop", actor=BOSS)

    with pytest.raises(Conflict) as raised:
        await access.create_client("shop", actor=BOSS)

    assert raised.value.code == "client_exists"


@pytest.mark.parametrize("name", ["", " shop", "a/b", "new\nline", "x" * 65])
async def test_client_with_an_unusable_name_is_refused(access: Access, name: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        await access.create_client(name, actor=BOSS)

    assert fields(raised) == {"name": "format"}


async def test_client_unknown_cannot_be_disabled(access: Access) -> None:
    with pytest.raises(NotFound):
        await access.set_disabled("nobody", True, actor=BOSS)


async def test_tokens_listed_show_their_state_and_no_secret(access: Access, clock: VirtualClock) -> None:
    issued = await access.issue(SHOP, actor=BOSS)
    await access.issue(TokenRequest("other", (Scope.READ,)), actor=BOSS)
    await access.authenticate(issued.token)
    await access.revoke(issued.view.id, actor=BOSS)

    (token,) = await access.tokens("shop")

    assert (token.client, token.name, token.scopes) == ("shop", "web shop", (Scope.SEND, Scope.READ))
    assert token.revoked_at is not None
    assert token.last_used_at is not None
    assert len(await access.tokens()) == 2


async def test_token_use_is_written_once_a_day(
    access: Access, clock: VirtualClock, database: InlineDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = await access.issue(SHOP, actor=BOSS)
    writes = 0
    run = database.run

    async def counting(*args: Any, **kwargs: Any) -> Any:
        nonlocal writes
        writes += 1
        return await run(*args, **kwargs)

    monkeypatch.setattr(database, "run", counting)
    for _ in range(5):
        await access.authenticate(issued.token)
    clock.wall_offset = timedelta(days=1)
    for _ in range(5):
        await access.authenticate(issued.token)

    assert writes == 2


async def test_local_administrator_is_the_client_local_and_may_everything(
    access: Access, database: InlineDatabase
) -> None:
    first = await access.local_administrator(0)
    second = await access.local_administrator(999)

    assert (first.client, first.token_id, first.actor) == ("local", None, "local:uid 0")
    assert second.client_id == first.client_id
    assert all(first.may(scope) for scope in Scope)
    assert deeds(database) == [("local:uid 0", "client.create", "client:local")]
