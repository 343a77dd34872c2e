"""People added and changed by administrators, and the first of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import trio

from gatewayd.access.people.errors import FirstStartOver
from gatewayd.access.people.service import People
from gatewayd.access.people.view import NewPerson, Profile, SignedIn
from gatewayd.access.roles import Role
from gatewayd.clock import VirtualClock
from gatewayd.errors import Conflict, InvalidRequest, NotFound
from gatewayd.store.inline import InlineDatabase

from .conftest import ANA, BOSS, HOME, OTHER, PHRASE, come_in, deeds, last_deed

RUI = NewPerson("rui", OTHER, (Role.OPERATOR, Role.VIEWER), "Rui Costa", "pt-BR", "rui@example.org")


async def test_person_created_is_listed_by_name(people: People) -> None:
    rui = await people.create(RUI, actor=BOSS)
    ana = await people.create(ANA, actor=BOSS)

    assert await people.everybody() == [ana, rui]
    assert await people.find("RUI") == rui
    assert rui.roles == (Role.VIEWER, Role.OPERATOR)
    assert (rui.display_name, rui.language, rui.email, rui.temporary) == (
        "Rui Costa",
        "pt-BR",
        "rui@example.org",
        True,
    )
    assert ana.display_name == "ana"


async def test_name_of_somebody_in_other_letters_is_taken(people: People, ana: SignedIn) -> None:
    with pytest.raises(Conflict) as raised:
        await people.create(replace(ANA, name="ANA"), actor=BOSS)

    assert raised.value.code == "person_exists"


async def test_wrong_fields_add_nobody(people: People, database: InlineDatabase) -> None:
    with pytest.raises(InvalidRequest):
        await people.create(replace(ANA, password="short"), actor=BOSS)

    assert await people.everybody() == []
    assert deeds(database) == []


async def test_roles_change_with_what_was_before_in_the_audit(
    people: People, ana: SignedIn, database: InlineDatabase
) -> None:
    await people.create(RUI, actor="user:ana")
    await people.set_roles("rui", (Role.ADMIN,), actor="user:ana", reason="promoted")

    entry = last_deed(database)
    assert (entry.actor, entry.action, entry.object, entry.reason) == (
        "user:ana",
        "person.roles",
        "person:rui",
        "promoted",
    )
    assert entry.before == {"roles": ["viewer", "operator"]}
    assert entry.after == {"roles": ["admin"]}
    with pytest.raises(InvalidRequest):
        await people.set_roles("rui", (), actor="user:ana")


@pytest.mark.parametrize("end", ["roles", "disabled"])
async def test_last_administrator_stays_one(people: People, ana: SignedIn, end: str) -> None:
    await people.create(replace(RUI, roles=(Role.ADMIN,)), actor=BOSS)
    await people.set_disabled("rui", True, actor=BOSS)  # who can't sign in doesn't count

    async def step_down() -> None:
        if end == "roles":
            await people.set_roles("ana", (Role.VIEWER,), actor="user:ana")
        else:
            await people.set_disabled("ana", True, actor="user:ana")

    with pytest.raises(Conflict) as raised:
        await step_down()

    assert raised.value.code == "last_admin"
    await people.set_disabled("rui", False, actor=BOSS)
    await people.set_roles("ana", (Role.VIEWER,), actor="user:ana")


async def test_person_unknown_cannot_be_changed(people: People) -> None:
    with pytest.raises(NotFound):
        await people.set_roles("nobody", (Role.VIEWER,), actor=BOSS)
    with pytest.raises(NotFound):
        await people.set_disabled("nobody", True, actor=BOSS)
    with pytest.raises(NotFound):
        await people.set_password("nobody", PHRASE, actor=BOSS)
    with pytest.raises(NotFound):
        await people.drop_second_factor("nobody", actor=BOSS)
    with pytest.raises(NotFound):
        await people.end_sessions("nobody", actor=BOSS)


async def test_person_changes_what_they_say_of_themselves(
    people: People, ana: SignedIn, database: InlineDatabase
) -> None:
    session = await people.session_of(ana.session_token)

    view = await people.set_profile(session, Profile("Ana Abreu", "ca", "ana@example.org"))

    assert (view.display_name, view.language, view.email) == ("Ana Abreu", "ca", "ana@example.org")
    assert (await people.session_of(ana.session_token)).principal.person is not None
    assert "example.org" not in str(last_deed(database))  # the audit can't forget anybody
    with pytest.raises(InvalidRequest) as raised:
        await people.set_profile(session, Profile("Ana", "la", "nowhere"))
    assert [error.field for error in raised.value.errors] == ["language", "email"]


async def test_first_person_comes_by_the_link_and_is_an_administrator(
    people: People, database: InlineDatabase
) -> None:
    link = await people.first_start_secret()
    assert link is not None
    await people.check_first_start(link.secret)

    signed_in = await people.first_person(
        link.secret, replace(ANA, roles=(), temporary=True), address=HOME, agent="Firefox"
    )

    session = await people.session_of(signed_in.session_token)
    assert (session.person.roles, session.duties) == ((Role.ADMIN,), ())
    await come_in(people)
    assert deeds(database)[0] == ("first start", "person.create", "person:ana")


async def test_link_of_the_first_start_is_used_once(people: People) -> None:
    link = await people.first_start_secret()
    assert link is not None
    await people.first_person(link.secret, ANA, address=HOME, agent="")

    with pytest.raises(FirstStartOver):
        await people.first_person(link.secret, RUI, address=HOME, agent="")
    assert await people.first_start_secret() is None


async def test_link_of_the_first_start_makes_one_person_of_two_at_once(people: People) -> None:
    link = await people.first_start_secret()
    assert link is not None
    over = 0

    async def come(asked: NewPerson, secret: str) -> None:
        nonlocal over
        try:
            await people.first_person(secret, asked, address=HOME, agent="")
        except FirstStartOver:
            over += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(come, ANA, link.secret)
        nursery.start_soon(come, RUI, link.secret)

    assert (over, len(await people.everybody())) == (1, 1)


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "A" * 43])
async def test_link_of_the_first_start_cannot_be_guessed(people: People, secret: str) -> None:
    await people.first_start_secret()

    with pytest.raises(FirstStartOver):
        await people.first_person(secret, ANA, address=HOME, agent="")


async def test_link_of_the_first_start_holds_for_a_day_and_until_the_next_start(
    people: People, clock: VirtualClock
) -> None:
    first, second = await people.first_start_secret(), await people.first_start_secret()
    assert first is not None
    assert second is not None
    with pytest.raises(FirstStartOver):
        await people.check_first_start(first.secret)
    clock.wall_offset += timedelta(hours=24)

    with pytest.raises(FirstStartOver):
        await people.check_first_start(second.secret)


async def test_link_of_the_first_start_ends_with_a_person_from_elsewhere(people: People) -> None:
    link = await people.first_start_secret()
    assert link is not None
    await people.create(RUI, actor=BOSS)

    with pytest.raises(FirstStartOver):
        await people.first_person(link.secret, ANA, address=HOME, agent="")


async def test_link_of_the_first_start_survives_wrong_fields(people: People) -> None:
    link = await people.first_start_secret()
    assert link is not None
    with pytest.raises(InvalidRequest):
        await people.first_person(link.secret, replace(ANA, password="short"), address=HOME, agent="")

    await people.first_person(link.secret, ANA, address=HOME, agent="")


async def test_secret_of_the_first_start_is_stored_as_its_hash_only(
    people: People, database: InlineDatabase
) -> None:
    link = await people.first_start_secret()
    assert link is not None

    assert link.secret not in database.transact(lambda tx: "\n".join(tx.raw.iterdump()))
    assert link.secret not in repr(link)
