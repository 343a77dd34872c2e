"""Codes beside the password: set up, asked for, used once, lost."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock

from gatewayd.access.people import totp
from gatewayd.access.people.errors import CodeNeeded, NotSignedIn, ProofNeeded, SignInRefused
from gatewayd.access.people.service import People
from gatewayd.access.people.view import Duty, NewPerson, SignedIn
from gatewayd.access.roles import Permission, Role
from gatewayd.clock import VirtualClock
from gatewayd.errors import Conflict, InvalidRequest
from gatewayd.sealing import Keyring
from gatewayd.store.inline import InlineDatabase

from .conftest import AWAY, BOSS, HOME, OTHER, PHRASE, MakePeople, Phone, come_in, deeds, enrol


@pytest.fixture
async def phone(people: People, ana: SignedIn, clock: VirtualClock) -> Phone:
    return (await enrol(people, await people.session_of(ana.session_token), clock))[0]


async def ticket(people: People, **more: str) -> str:
    with pytest.raises(CodeNeeded) as needed:
        await come_in(people, **more)
    return needed.value.ticket


async def finish(people: People, word: str, code: str) -> SignedIn:
    return await people.finish_sign_in(word, code, address=HOME, agent="")


async def test_code_is_asked_for_after_the_right_password(people: People, phone: Phone) -> None:
    signed_in = await finish(people, await ticket(people), phone.code())

    assert (await people.session_of(signed_in.session_token)).person.second_factor


async def test_code_may_come_with_the_password(people: People, phone: Phone) -> None:
    assert (await come_in(people, code=phone.code())).principal.actor == "user:ana"
    with pytest.raises(SignInRefused):
        await come_in(people, code="000000")


async def test_wrong_password_asks_for_no_code(people: People, phone: Phone) -> None:
    with pytest.raises(SignInRefused):
        await come_in(people, password=OTHER)
    with pytest.raises(SignInRefused):
        await come_in(people, password=OTHER, code=phone.code())


async def test_code_is_accepted_once(people: People, phone: Phone, clock: VirtualClock) -> None:
    code = phone.code()
    await finish(people, await ticket(people), code)

    with pytest.raises(SignInRefused):
        await finish(people, await ticket(people), code)
    clock.wall_offset += timedelta(seconds=totp.STEP)
    await finish(people, await ticket(people), phone.code())


async def test_code_that_set_it_up_signs_nobody_in(
    people: People, ana: SignedIn, clock: VirtualClock
) -> None:
    session = await people.session_of(ana.session_token)
    enrolment = await people.begin_totp(session)
    code = Phone(enrolment.secret, clock).code()
    await people.confirm_totp(session, code)

    with pytest.raises(SignInRefused):
        await come_in(people, code=code)


async def test_one_code_at_two_doors_at_once_opens_one(people: People, phone: Phone) -> None:
    tickets = [await ticket(people), await ticket(people)]
    code = phone.code()
    entered = 0

    async def enter(word: str) -> None:
        nonlocal entered
        try:
            await finish(people, word, code)
            entered += 1
        except SignInRefused:
            pass

    async with trio.open_nursery() as nursery:
        for word in tickets:
            nursery.start_soon(enter, word)

    assert entered == 1


async def test_ticket_is_used_up_by_its_sign_in(people: People, phone: Phone, clock: VirtualClock) -> None:
    word = await ticket(people)
    await finish(people, word, phone.code())
    clock.wall_offset += timedelta(seconds=totp.STEP)

    with pytest.raises(SignInRefused):
        await finish(people, word, phone.code())


async def test_ticket_holds_for_five_minutes(people: People, phone: Phone, autojump_clock: MockClock) -> None:
    early, late = await ticket(people), await ticket(people)
    await trio.sleep(299)
    await finish(people, early, phone.code())
    await trio.sleep(60)

    with pytest.raises(SignInRefused):
        await finish(people, late, phone.code())


async def test_ticket_holds_for_five_codes(people: People, phone: Phone, autojump_clock: MockClock) -> None:
    word = await ticket(people)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await finish(people, word, "000000")
    await trio.sleep(1)

    with pytest.raises(SignInRefused) as raised:
        await finish(people, word, phone.code())
    assert raised.value.retry_after == 0  # it was looked at, and the ticket is no more
    await finish(people, await ticket(people), phone.code())


async def test_ticket_is_void_once_the_password_is_another(people: People, phone: Phone) -> None:
    word = await ticket(people)
    await people.set_password("ana", OTHER, actor=BOSS)

    with pytest.raises(SignInRefused):
        await finish(people, word, phone.code())


async def test_codes_are_slowed_down_wherever_they_come_from(people: People, phone: Phone) -> None:
    for number in range(5):
        with pytest.raises(SignInRefused):
            await come_in(people, code="000000", address=f"10.0.0.{number}")

    with pytest.raises(SignInRefused) as raised:
        await come_in(people, code=phone.code(), address=AWAY)

    assert raised.value.retry_after == 1


async def test_recovery_code_opens_once_however_it_is_typed(
    people: People, ana: SignedIn, clock: VirtualClock, database: InlineDatabase
) -> None:
    session = await people.session_of(ana.session_token)
    _, codes = await enrol(people, session, clock)
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == 24 for code in codes)

    await come_in(people, code=f" {codes[0].upper()} ")

    with pytest.raises(SignInRefused):
        await come_in(people, code=codes[0])
    await come_in(people, code=codes[1].replace("-", ""))
    assert await people.recovery_codes_left(session) == 8
    assert deeds(database)[-1][1] == "session.begin"
    assert deeds(database)[-2][1] == "person.recovery_code_used"


async def test_recovery_codes_renewed_make_the_old_ones_void(
    people: People, ana: SignedIn, clock: VirtualClock
) -> None:
    session = await people.session_of(ana.session_token)
    with pytest.raises(Conflict):
        await people.renew_recovery_codes(session)
    _, old = await enrol(people, session, clock)
    new = await people.renew_recovery_codes(session)

    with pytest.raises(SignInRefused):
        await come_in(people, code=old[0])
    await come_in(people, code=new[0])


async def test_second_factor_that_was_not_confirmed_is_not_asked_for(people: People, ana: SignedIn) -> None:
    session = await people.session_of(ana.session_token)
    first = await people.begin_totp(session)
    assert await people.pending_totp(session) == first
    assert await people.begin_totp(session) != first

    with pytest.raises(InvalidRequest) as raised:
        await people.confirm_totp(session, "000000")

    assert [(error.field, error.code) for error in raised.value.errors] == [("code", "wrong")]
    await come_in(people)


async def test_set_up_that_was_not_begun_or_is_done_is_a_conflict(
    people: People, ana: SignedIn, clock: VirtualClock
) -> None:
    session = await people.session_of(ana.session_token)
    with pytest.raises(Conflict) as nothing:
        await people.confirm_totp(session, "000000")
    await enrol(people, session, clock)
    with pytest.raises(Conflict) as done:
        await people.begin_totp(session)

    assert (nothing.value.code, done.value.code) == ("no_enrolment", "second_factor_on")


async def test_set_up_ends_the_other_sessions(people: People, ana: SignedIn, clock: VirtualClock) -> None:
    other = await come_in(people, address=AWAY)
    await enrol(people, await people.session_of(ana.session_token), clock)

    await people.session_of(ana.session_token)
    with pytest.raises(NotSignedIn):
        await people.session_of(other.session_token)


async def test_set_up_needs_a_fresh_password(people: People, ana: SignedIn, clock: VirtualClock) -> None:
    clock.wall_offset += timedelta(minutes=11)
    session = await people.session_of(ana.session_token)

    for attempt in (
        people.begin_totp(session),
        people.pending_totp(session),
        people.confirm_totp(session, "1"),
        people.renew_recovery_codes(session),
    ):
        with pytest.raises(ProofNeeded):
            await attempt


async def test_second_factor_is_switched_off_with_the_password(
    people: People, ana: SignedIn, phone: Phone, database: InlineDatabase
) -> None:
    session = await people.session_of(ana.session_token)
    with pytest.raises(SignInRefused):
        await people.drop_totp(session, OTHER, address=HOME)

    await people.drop_totp(session, PHRASE, address=HOME)
    await people.drop_totp(session, PHRASE, address=HOME)

    await come_in(people)
    assert [deed[1] for deed in deeds(database)].count("person.second_factor_off") == 1


async def test_second_factor_that_was_lost_is_reset_by_an_administrator(
    people: People, phone: Phone, database: InlineDatabase
) -> None:
    view = await people.drop_second_factor("ana", actor=BOSS, reason="phone lost")

    assert not view.second_factor
    await come_in(people)
    assert (BOSS, "person.second_factor_off", "person:ana") in deeds(database)


async def test_secret_is_sealed_and_bound_to_its_person(
    people: People, ana: SignedIn, database: InlineDatabase, clock: VirtualClock
) -> None:
    session = await people.session_of(ana.session_token)
    secret = (await people.begin_totp(session)).secret

    (stored,) = database.transact(lambda tx: tx.raw.execute("SELECT totp FROM person").fetchone())

    assert base64.b32decode(secret) not in stored


async def test_key_that_is_gone_leaves_the_recovery_codes(
    people: People, make_people: MakePeople, ana: SignedIn, clock: VirtualClock
) -> None:
    session = await people.session_of(ana.session_token)
    phone, codes = await enrol(people, session, clock)
    other = make_people(keyring=Keyring([bytes(31) + b"x"]))

    with pytest.raises(SignInRefused):
        await come_in(other, code=phone.code())
    assert (await come_in(other, code=codes[0])).principal.actor == "user:ana"


async def test_key_that_is_gone_lets_a_set_up_begin_again(
    people: People, make_people: MakePeople, ana: SignedIn
) -> None:
    session = await people.session_of(ana.session_token)
    await people.begin_totp(session)
    other = make_people(keyring=Keyring([bytes(31) + b"x"]))

    with pytest.raises(Conflict):
        await other.confirm_totp(session, "000000")
    await other.begin_totp(session)


async def test_role_that_needs_a_second_factor_allows_nothing_without(
    make_people: MakePeople, clock: VirtualClock
) -> None:
    people = make_people(second_factor_roles=(Role.ADMIN, Role.APPROVER))
    await people.create(NewPerson("rui", PHRASE, (Role.VIEWER, Role.APPROVER), temporary=False), actor=BOSS)
    await people.create(NewPerson("eva", PHRASE, (Role.VIEWER,), temporary=False), actor=BOSS)
    assert (await come_in(people, "eva")).duties == ()
    rui = await come_in(people, "rui")
    assert rui.duties == (Duty.SECOND_FACTOR,)
    assert not rui.principal.can(Permission.LOOK)

    await enrol(people, await people.session_of(rui.session_token), clock)

    session = await people.session_of(rui.session_token)
    assert session.duties == ()
    assert session.permissions == {Permission.LOOK, Permission.APPROVE}
