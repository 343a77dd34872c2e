"""Tokens: from where they may be used, and how one takes another's place."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

import pytest
from trio.testing import MockClock

from gatewayd import audit
from gatewayd.access.networks import parse_address
from gatewayd.access.registry import TokenRequest
from gatewayd.access.rotating import Rotation
from gatewayd.access.scopes import Scope
from gatewayd.access.service import Access, Unauthenticated
from gatewayd.clock import VirtualClock
from gatewayd.errors import Conflict, InvalidRequest, NotFound
from gatewayd.store.inline import InlineDatabase

BOSS = "local:uid 0"
SHOP = TokenRequest("shop", (Scope.SEND, Scope.READ), name="web", networks=("192.0.2.0/24", "2001:db8::/32"))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"])
async def test_token_is_good_in_its_networks(access: Access, address: str) -> None:
    issued = await access.issue(SHOP, actor=BOSS)

    principal = await access.authenticate(issued.token, lambda: parse_address(address))

    assert principal.client == "shop"


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db9::7", "127.0.0.1", None])
async def test_token_used_from_elsewhere_is_refused_like_an_unknown_one(
    access: Access, address: str | None
) -> None:
    issued = await access.issue(SHOP, actor=BOSS)

    with pytest.raises(Unauthenticated) as elsewhere:
        await access.authenticate(issued.token, lambda: address and ipaddress.ip_address(address))  # type: ignore[arg-type,return-value]
    with pytest.raises(Unauthenticated) as unknown:
        await access.authenticate("gwd_000000000000_" + "A" * 43)

    assert str(elsewhere.value) == str(unknown.value)


async def test_token_with_wrong_networks_is_not_made(access: Access) -> None:
    with pytest.raises(InvalidRequest) as raised:
        await access.issue(
            TokenRequest("shop", (Scope.SEND,), networks=("192.0.2.0/24", "10.1.2.3/8", "home")), actor=BOSS
        )

    assert [(error.field, error.code) for error in raised.value.errors] == [
        ("networks.1", "format"),
        ("networks.2", "format"),
    ]


async def test_rotated_token_has_the_same_rights_and_both_are_good_during_the_overlap(
    access: Access, clock: VirtualClock
) -> None:
    old = await access.issue(SHOP, actor=BOSS)

    new = await access.rotate(Rotation(old.view.id, HOUR), actor=BOSS)

    assert new.view.replaces == old.view.id
    assert (new.view.client, new.view.scopes, new.view.networks, new.view.name) == (
        old.view.client,
        old.view.scopes,
        old.view.networks,
        old.view.name,
    )
    for token in (old.token, new.token):
        assert (await access.authenticate(token, lambda: parse_address("192.0.2.7"))).client == "shop"
    clock.wall_offset = HOUR
    with pytest.raises(Unauthenticated):
        await access.authenticate(old.token, lambda: parse_address("192.0.2.7"))
    await access.authenticate(new.token, lambda: parse_address("192.0.2.7"))


async def test_stolen_token_ends_with_its_rotation(access: Access) -> None:
    old = await access.issue(TokenRequest("shop", (Scope.SEND,)), actor=BOSS)
    await access.authenticate(old.token)

    new = await access.rotate(Rotation(old.view.id, timedelta(), reason="stolen"), actor=BOSS)

    with pytest.raises(Unauthenticated):
        await access.authenticate(old.token)
    assert (await access.authenticate(new.token)).token_id == new.view.id


async def test_rotation_never_lengthens_the_old_token(
    access: Access, clock: VirtualClock, autojump_clock: MockClock
) -> None:
    until = clock.now() + HOUR
    old = await access.issue(TokenRequest("shop", (Scope.SEND,), expires_at=until), actor=BOSS)

    new = await access.rotate(Rotation(old.view.id, 24 * HOUR), actor=BOSS)

    (kept, made) = await access.tokens("shop")
    assert kept.expires_at == until
    assert made.expires_at == new.view.expires_at == clock.now() + HOUR


async def test_rotation_is_in_the_audit_without_the_secret(access: Access, database: InlineDatabase) -> None:
    old = await access.issue(TokenRequest("shop", (Scope.SEND,)), actor=BOSS)

    new = await access.rotate(Rotation(old.view.id, HOUR, reason="yearly"), actor=BOSS)

    rotated, made = database.transact(lambda tx: audit.page(tx, limit=2))
    assert (rotated.action, rotated.object, rotated.reason) == (
        "token.rotate",
        f"token:{old.view.id}",
        "yearly",
    )
    assert rotated.after is not None
    assert rotated.after["replaced_by"] == new.view.id
    assert (made.action, made.object) == ("token.create", f"token:{new.view.id}")
    dump = database.transact(lambda tx: "\n".join(tx.raw.iterdump()))
    assert new.token.rpartition("_")[2] not in dump


async def test_token_that_is_over_or_replaced_is_not_rotated(access: Access) -> None:
    old = await access.issue(TokenRequest("shop", (Scope.SEND,)), actor=BOSS)
    new = await access.rotate(Rotation(old.view.id, HOUR), actor=BOSS)
    await access.revoke(new.view.id, actor=BOSS)

    for token, code in ((old.view.id, "token_rotated"), (new.view.id, "token_ended")):
        with pytest.raises(Conflict) as raised:
            await access.rotate(Rotation(token), actor=BOSS)
        assert raised.value.code == code
    with pytest.raises(NotFound):
        await access.rotate(Rotation("0123456789ab"), actor=BOSS)


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=91)])
async def test_rotation_with_an_impossible_overlap_changes_nothing(
    access: Access, overlap: timedelta
) -> None:
    old = await access.issue(TokenRequest("shop", (Scope.SEND,)), actor=BOSS)

    with pytest.raises(InvalidRequest):
        await access.rotate(Rotation(old.view.id, overlap), actor=BOSS)

    assert len(await access.tokens("shop")) == 1
