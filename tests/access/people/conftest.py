"""People on a database in memory, with cheap hashes and time that the test turns."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import trio

from gatewayd import audit
from gatewayd.access.people import totp
from gatewayd.access.people.passwords import Passwords
from gatewayd.access.people.service import People
from gatewayd.access.people.settings import PeopleSettings
from gatewayd.access.people.view import NewPerson, SessionView, SignedIn
from gatewayd.access.roles import Role
from gatewayd.clock import VirtualClock
from gatewayd.sealing import Keyring
from gatewayd.store.inline import InlineDatabase

PHRASE = "violet otter lantern"
OTHER = "quiet harbour marmalade"
BOSS = "local:uid 0"
HOME = "192.0.2.1"
AWAY = "198.51.100.7"
ANA = NewPerson("ana", PHRASE, (Role.ADMIN,), temporary=False)

MakePeople = Callable[..., People]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@pytest.fixture
def make_people(database: InlineDatabase, clock: VirtualClock) -> MakePeople:
    """People as another process on the same database would have them, or with other settings."""

    def make(passwords: Passwords | None = None, keyring: Keyring | None = None, **settings: Any) -> People:
        cheap = passwords or Passwords(memory=64, passes=1)
        return People(
            database,
            clock,
            keyring or Keyring([bytes(32)]),
            PeopleSettings(**settings),
            passwords=cheap,
        )

    return make


@pytest.fixture
def people(make_people: MakePeople) -> People:
    return make_people()


@pytest.fixture
async def ana(people: People) -> SignedIn:
    """Ana, an administrator, signed in from home."""
    await people.create(ANA, actor=BOSS)
    return await come_in(people)


async def come_in(people: People, name: str = "ana", password: str = PHRASE, **more: Any) -> SignedIn:
    """Sign in from home, unless told otherwise."""
    return await people.sign_in(name, password, **{"address": HOME, "agent": "Firefox", **more})


class Phone:
    """An authenticator, with the clock of the test."""

    def __init__(self, secret: str, clock: VirtualClock) -> None:
        self._secret = base64.b32decode(secret)
        self._clock = clock

    def code(self, seconds: float = 0) -> str:
        """What it shows ``seconds`` from now."""
        return totp.code_at(self._secret, (self._clock.now() + timedelta(seconds=seconds)).timestamp())


async def enrol(people: People, session: SessionView, clock: VirtualClock) -> tuple[Phone, list[str]]:
    """Set up a second factor; the authenticator and the recovery codes. Half a minute later."""
    enrolment = await people.begin_totp(session)
    phone = Phone(enrolment.secret, clock)
    codes = await people.confirm_totp(session, phone.code())
    clock.wall_offset += timedelta(seconds=totp.STEP)
    return phone, codes


async def wait(seconds: float) -> None:
    """Let virtual time pass (with the fixture ``autojump_clock``)."""
    await trio.sleep(seconds)


def deeds(database: InlineDatabase) -> list[tuple[str, str, str]]:
    """Actor, action and object of every line of the audit about people, oldest first."""
    entries = database.transact(lambda tx: audit.page(tx, limit=500))
    return [(e.actor, e.action, e.object) for e in reversed(entries) if e.object.startswith("person:")]


def last_deed(database: InlineDatabase) -> audit.Entry:
    """The newest line of the audit."""
    return database.transact(lambda tx: audit.page(tx, limit=1))[0]
