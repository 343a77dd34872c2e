"""How long sessions last, and what ends them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gatewayd.access.people.errors import NotSignedIn, ProofNeeded, SignInRefused
from gatewayd.access.people.service import People
from gatewayd.access.people.view import NewPerson, SignedIn
from gatewayd.access.roles import Permission, Role
from gatewayd.clock import VirtualClock
from gatewayd.errors import InvalidRequest, NotFound
from gatewayd.store.inline import InlineDatabase

from .conftest import AWAY, BOSS, HOME, OTHER, PHRASE, MakePeople, come_in, deeds


async def is_in(people: People, signed_in: SignedIn, **more: Any) -> bool:
    try:
        await people.session_of(signed_in.session_token, **more)
    except NotSignedIn:
        return False
    return True


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\ud800", "x" * 100_000])
async def test_session_unknown_is_none(people: People, ana: SignedIn, token: str) -> None:
    with pytest.raises(NotSignedIn):
        await people.session_of(token)


async def test_session_without_a_request_ends_after_half_an_hour(
    people: People, ana: SignedIn, clock: VirtualClock
) -> None:
    clock.wall_offset += timedelta(minutes=29)
    assert await is_in(people, ana)
    clock.wall_offset += timedelta(minutes=29)
    assert await is_in(people, ana)
    clock.wall_offset += timedelta(minutes=31)
    assert not await is_in(people, ana)


async def test_session_that_only_a_page_itself_uses_ends_too(
    people: People, ana: SignedIn, clock: VirtualClock
) -> None:
    clock.wall_offset += timedelta(minutes=29)
    assert await is_in(people, ana, seen=False)
    clock.wall_offset += timedelta(minutes=2)
    assert not await is_in(people, ana)


async def test_session_in_use_ends_after_twelve_hours(
    people: People, ana: SignedIn, clock: VirtualClock
) -> None:
    for _ in range(12 * 3 - 1):
        clock.wall_offset += timedelta(minutes=20)
        assert await is_in(people, ana)
    clock.wall_offset += timedelta(minutes=21)
    assert not await is_in(people, ana)


async def test_session_lasts_as_configured(
    make_people: MakePeople, clock: VirtualClock, ana: SignedIn
) -> None:
    strict = make_people(session_idle=60, session_lifetime=300)
    clock.wall_offset += timedelta(seconds=61)

    assert not await is_in(strict, ana)


async def test_use_of_a_session_is_written_once_a_minute(
    people: People,
    ana: SignedIn,
    clock: VirtualClock,
    database: InlineDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writes = 0
    run = database.run

    async def counting(*args: Any, **kwargs: Any) -> Any:
        nonlocal writes
        writes += 1
        return await run(*args, **kwargs)

    monkeypatch.setattr(database, "run", counting)
    for _ in range(180):
        await people.session_of(ana.session_token)
        clock.wall_offset += timedelta(seconds=1)

    assert writes == 2


async def test_sessions_that_are_over_are_forgotten_at_the_next_sign_in(
    people: People, ana: SignedIn, clock: VirtualClock, database: InlineDatabase
) -> None:
    clock.wall_offset += timedelta(days=1)
    await come_in(people)

    count = database.transact(lambda tx: tx.raw.execute("SELECT count(*) FROM session").fetchone()[0])
    assert count == 1


async def test_own_sessions_are_listed_and_can_be_ended(
    people: People, ana: SignedIn, database: InlineDatabase
) -> None:
    other = await come_in(people, address=AWAY, agent="Chromium")
    session = await people.session_of(ana.session_token)

    lines = await people.sessions(session)
    assert {(line.address, line.agent, line.current) for line in lines} == {
        (HOME, "Firefox", True),
        (AWAY, "Chromium", False),
    }
    (away,) = (line.id for line in lines if not line.current)
    await people.end_session(session, away)

    assert deeds(database)[-1] == ("user:ana", "session.end", "person:ana")
    assert not await is_in(people, other)
    assert await is_in(people, ana)


async def test_session_of_somebody_else_is_neither_listed_nor_ended(people: People, ana: SignedIn) -> None:
    await people.create(NewPerson("rui", OTHER, (Role.VIEWER,), temporary=False), actor=BOSS)
    rui = await people.session_of((await come_in(people, "rui", OTHER)).session_token)
    theirs = (await people.session_of(ana.session_token)).id

    with pytest.raises(NotFound):
        await people.end_session(rui, theirs)

    assert [line.id for line in await people.sessions(rui)] == [rui.id]
    assert await is_in(people, ana)


@pytest.mark.parametrize("change", ["password", "disabled", "roles", "second factor", "sessions"])
async def test_sessions_end_with_what_an_administrator_changes(
    people: People, ana: SignedIn, change: str
) -> None:
    await people.create(NewPerson("boss", OTHER, (Role.ADMIN,)), actor=BOSS)
    other = await come_in(people, address=AWAY)

    match change:
        case "password":
            await people.set_password("ana", OTHER, actor=BOSS)
        case "disabled":
            await people.set_disabled("ana", True, actor=BOSS)
        case "roles":
            await people.set_roles("ana", (Role.VIEWER,), actor=BOSS)
        case "second factor":
            await people.drop_second_factor("ana", actor=BOSS)
        case "sessions":
            assert await people.end_sessions("ana", actor=BOSS) == 2

    assert not await is_in(people, ana)
    assert not await is_in(people, other)


async def test_roles_that_stay_the_same_end_no_session(
    people: People, ana: SignedIn, database: InlineDatabase
) -> None:
    before = deeds(database)

    await people.set_roles("ana", (Role.ADMIN,), actor=BOSS)

    assert await is_in(people, ana)
    assert deeds(database) == before


async def test_own_password_is_changed_and_all_other_sessions_end(people: People, ana: SignedIn) -> None:
    other = await come_in(people, address=AWAY)

    changed = await people.change_password(ana.session_token, PHRASE, OTHER, address=HOME)

    assert not await is_in(people, ana)
    assert not await is_in(people, other)
    assert await is_in(people, changed)
    await come_in(people, password=OTHER)
    with pytest.raises(SignInRefused):
        await come_in(people)


async def test_own_password_is_not_changed_without_the_present_one(people: People, ana: SignedIn) -> None:
    with pytest.raises(SignInRefused):
        await people.change_password(ana.session_token, OTHER, OTHER, address=HOME)
    with pytest.raises(InvalidRequest) as raised:
        await people.change_password(ana.session_token, PHRASE, "short", address=HOME)

    assert [(error.field, error.code) for error in raised.value.errors] == [("new_password", "too_short")]
    assert await is_in(people, ana)


async def test_proof_is_fresh_for_ten_minutes_and_then_renewed_with_the_password(
    people: People, ana: SignedIn, clock: VirtualClock
) -> None:
    clock.wall_offset += timedelta(minutes=9)
    assert (await people.session_of(ana.session_token)).fresh
    clock.wall_offset += timedelta(minutes=2)
    stale = await people.session_of(ana.session_token)
    assert not stale.fresh
    with pytest.raises(ProofNeeded):
        await people.begin_totp(stale)

    with pytest.raises(SignInRefused):
        await people.prove(ana.session_token, OTHER, address=HOME)
    proven = await people.prove(ana.session_token, PHRASE, address=HOME)

    assert (await people.session_of(proven.session_token)).fresh
    assert not await is_in(people, ana)  # it goes on under another token


async def test_roles_hold_from_the_next_request(
    people: People, make_people: MakePeople, ana: SignedIn
) -> None:
    """Another process on the same database, or a row changed by hand: the session has no copy of its own."""
    await people.create(NewPerson("rui", OTHER, (Role.VIEWER, Role.APPROVER), temporary=False), actor=BOSS)
    rui = await come_in(people, "rui", OTHER)

    assert (await people.session_of(rui.session_token)).permissions == {Permission.LOOK, Permission.APPROVE}
    await make_people().set_roles("rui", (Role.VIEWER,), actor=BOSS)

    assert not await is_in(people, rui)


async def test_csrf_token_is_the_sessions_own(people: People, ana: SignedIn) -> None:
    other = await come_in(people)
    session = await people.session_of(ana.session_token)

    assert people.is_csrf(session, ana.csrf)
    assert not people.is_csrf(session, other.csrf)
    assert not people.is_csrf(session, "")
    assert not people.is_csrf(session, "\ud800ü")
    assert ana.session_token not in ana.csrf
