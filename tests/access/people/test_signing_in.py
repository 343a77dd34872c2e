"""Coming in with a password."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from gatewayd import audit
from gatewayd.access.people.errors import NotSignedIn, SignInRefused
from gatewayd.access.people.passwords import Passwords
from gatewayd.access.people.service import People
from gatewayd.access.people.view import Duty, NewPerson, SignedIn
from gatewayd.access.roles import Permission, Role
from gatewayd.clock import VirtualClock
from gatewayd.errors import StorageFull
from gatewayd.store.inline import InlineDatabase

from .conftest import ANA, AWAY, BOSS, HOME, OTHER, PHRASE, MakePeople, come_in, deeds, last_deed

WRONG = "not the right phrase"


async def refused(people: People, name: str = "ana", password: str = WRONG, address: str = HOME) -> int:
    with pytest.raises(SignInRefused) as raised:
        await people.sign_in(name, password, address=address, agent="")
    return raised.value.retry_after


async def test_person_with_the_right_password_is_signed_in(people: People, ana: SignedIn) -> None:
    session = await people.session_of(ana.session_token)

    assert session.person.name == "ana"
    assert session.principal == ana.principal
    assert session.principal.actor == "user:ana"
    assert session.principal.client == "web"
    assert session.permissions == set(Permission)
    assert (session.address, session.agent, session.fresh) == (HOME, "Firefox", True)
    assert session.csrf == ana.csrf


@pytest.mark.parametrize("typed", ["Ana", " ana ", "ANA"])
async def test_name_is_taken_however_it_is_typed(people: People, ana: SignedIn, typed: str) -> None:
    assert (await come_in(people, typed)).principal.actor == "user:ana"


@pytest.mark.parametrize("name", ["rui", "", "a" * 10_000, "ana\x00", "' or 1=1 --", "\ud800"])
async def test_unknown_name_is_refused_in_the_same_words_as_a_wrong_password(
    people: People, ana: SignedIn, name: str
) -> None:
    with pytest.raises(SignInRefused) as unknown:
        await people.sign_in(name, PHRASE, address=HOME, agent="")
    with pytest.raises(SignInRefused) as wrong:
        await people.sign_in("ana", WRONG, address=AWAY, agent="")

    assert (str(unknown.value), unknown.value.code) == (str(wrong.value), wrong.value.code)


async def test_unknown_name_costs_a_hash_as_a_known_one_does(
    make_people: MakePeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str | None] = []

    class Counting(Passwords):
        async def matches(self, password: str, stored: str | None) -> bool:
            hashes.append(stored)
            return await super().matches(password, stored)

    people = make_people(Counting(memory=64, passes=1))
    await people.create(ANA, actor=BOSS)
    await people.create(NewPerson("rui", PHRASE, (Role.VIEWER,)), actor=BOSS)
    await people.set_disabled("rui", True, actor=BOSS)

    for name in ("ana", "rui", "nobody"):
        await refused(people, name)

    assert [stored is None for stored in hashes] == [False, True, True]


async def test_person_disabled_is_refused_with_the_right_password(people: People, ana: SignedIn) -> None:
    await people.create(NewPerson("rui", PHRASE, (Role.ADMIN,)), actor=BOSS)
    await people.set_disabled("ana", True, actor=BOSS)

    assert await refused(people, password=PHRASE) == 0


async def test_wrong_passwords_wait_and_lock_out_nobody_else(
    people: People, ana: SignedIn, clock: VirtualClock, autojump_clock: MockClock
) -> None:
    """Requirement: 10 wrong passwords a minute lock nobody else out."""
    await people.create(NewPerson("rui", OTHER, (Role.VIEWER,)), actor=BOSS)
    waits = [await refused(people) for _ in range(10)]

    assert waits[:5] == [0] * 5
    assert all(waits[5:])
    with pytest.raises(SignInRefused):
        await come_in(people)  # even the right one, from where the guesses come
    await come_in(people, address=AWAY)
    await come_in(people, "rui", OTHER)
    await trio.sleep(waits[-1])
    await come_in(people)


async def test_attempt_that_comes_too_early_costs_neither_a_hash_nor_the_database(
    people: People, ana: SignedIn, database: InlineDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await refused(people)

    async def never(*_args: Any, **_kwargs: Any) -> Any:
        raise AssertionError("touched")

    monkeypatch.setattr(database, "read", never)
    monkeypatch.setattr(database, "run", never)
    monkeypatch.setattr(Passwords, "matches", never)

    assert [await refused(people) for _ in range(100)] == [1] * 100


async def test_session_of_the_browser_ends_where_it_signs_in_again(people: People, ana: SignedIn) -> None:
    again = await come_in(people, previous=ana.session_token)

    assert again.session_token != ana.session_token
    with pytest.raises(NotSignedIn):
        await people.session_of(ana.session_token)


async def test_hash_with_earlier_parameters_is_replaced_at_sign_in(
    make_people: MakePeople, database: InlineDatabase
) -> None:
    await make_people(Passwords(memory=32, passes=1)).create(ANA, actor=BOSS)
    people = make_people(Passwords(memory=128, passes=1))

    await come_in(people)

    assert "m=128" in dump(database)
    assert "m=32," not in dump(database)
    await come_in(people)


async def test_password_that_somebody_else_set_is_to_be_changed_before_anything_else(
    people: People, ana: SignedIn
) -> None:
    await people.create(NewPerson("rui", PHRASE, (Role.ADMIN,)), actor="user:ana")
    rui = await come_in(people, "rui")
    assert rui.duties == (Duty.PASSWORD,)
    assert not any(rui.principal.can(permission) for permission in Permission)
    assert not rui.principal.is_admin

    changed = await people.change_password(rui.session_token, PHRASE, OTHER, address=HOME)

    assert changed.duties == ()
    assert changed.principal.can(Permission.MANAGE)


async def test_refusals_are_one_line_in_the_audit_and_then_one_every_ten_minutes(
    people: People, ana: SignedIn, database: InlineDatabase, clock: VirtualClock, autojump_clock: MockClock
) -> None:
    for number in range(200):
        await refused(people, address=f"10.0.0.{number}")
    async with trio.open_nursery() as nursery:
        await nursery.start(people.run)
        await trio.sleep(700)
        nursery.cancel_scope.cancel()

    entries = database.transact(lambda tx: audit.page(tx, limit=500, object="person:ana"))
    attempts = [
        entry.after["attempts"] for entry in entries if entry.action == "session.refused" and entry.after
    ]
    assert attempts == [199, 1]
    assert all(entry.actor == "nobody" for entry in entries if entry.action == "session.refused")


async def test_refusals_that_are_not_written_yet_are_written_at_the_stop(
    people: People, ana: SignedIn, database: InlineDatabase
) -> None:
    for _ in range(4):
        await refused(people)
    async with trio.open_nursery() as nursery:
        await nursery.start(people.run)
        nursery.cancel_scope.cancel()

    entry = last_deed(database)
    assert (entry.action, entry.after and entry.after["attempts"]) == ("session.refused", 3)


async def test_refusal_for_an_unknown_name_is_recorded_without_it(
    people: People, ana: SignedIn, database: InlineDatabase
) -> None:
    await refused(people, "my secret typed into the wrong field")

    entry = last_deed(database)
    assert (entry.action, entry.object) == ("session.refused", "person:?")
    assert "my secret" not in dump(database)


async def test_what_is_typed_is_in_no_log_and_nowhere_in_the_database(
    people: People, database: InlineDatabase
) -> None:
    with capture_logs() as logs:
        await people.create(ANA, actor=BOSS)
        signed_in = await come_in(people)
        await refused(people, password="wrong-canary-password")
        await people.change_password(signed_in.session_token, PHRASE, OTHER, address=HOME)
        await people.set_password("ana", "third-canary-password", actor=BOSS)

    written = json.dumps(logs, default=str) + dump(database)
    for secret in (PHRASE, OTHER, "canary", signed_in.session_token, signed_in.csrf):
        assert secret not in written
        assert secret not in repr(signed_in)


async def test_signing_in_and_out_is_recorded(
    people: People, ana: SignedIn, database: InlineDatabase
) -> None:
    await people.sign_out(ana.session_token)
    await people.sign_out(ana.session_token)

    assert deeds(database) == [
        (BOSS, "person.create", "person:ana"),
        ("user:ana", "session.begin", "person:ana"),
        ("user:ana", "session.end", "person:ana"),
    ]


async def test_agent_and_address_are_cut_to_what_is_kept(people: People, ana: SignedIn) -> None:
    long = await come_in(people, agent="\x1b[31m" + "x" * 10_000, address="y" * 100)

    session = await people.session_of(long.session_token)

    assert session.agent == "[31m" + "x" * 196
    assert session.address == "y" * 45


async def test_full_disk_refuses_a_session_and_no_password_is_blamed(
    people: People, ana: SignedIn, database: InlineDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_args: Any, **_kwargs: Any) -> Any:
        raise StorageFull

    monkeypatch.setattr(database, "run", full)

    with pytest.raises(StorageFull):
        await come_in(people)
    assert await refused(people) == 0
    assert (await people.session_of(ana.session_token)).person.name == "ana"


def dump(database: InlineDatabase) -> str:
    return database.transact(lambda tx: "\n".join(tx.raw.iterdump()))


async def test_session_is_stored_as_its_hash_only(
    people: People, ana: SignedIn, database: InlineDatabase, clock: VirtualClock
) -> None:
    clock.wall_offset = timedelta(minutes=2)
    await people.session_of(ana.session_token)

    assert ana.session_token not in dump(database)
