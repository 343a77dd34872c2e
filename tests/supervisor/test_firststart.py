"""The invitation in the log, and administration at addresses of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
import trio
from structlog.testing import capture_logs

from gatewayd.access.people.passwords import Passwords
from gatewayd.access.people.service import People
from gatewayd.access.people.settings import PeopleSettings
from gatewayd.access.people.view import NewPerson
from gatewayd.access.roles import Role
from gatewayd.clock import VirtualClock
from gatewayd.config import Config, parse
from gatewayd.http.server import Server, Site
from gatewayd.sealing import Keyring
from gatewayd.store.database import Database
from gatewayd.store.inline import InlineDatabase
from gatewayd.supervisor import build, firststart
from gatewayd.supervisor.firststart import Pages


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@pytest.fixture
def people(database: InlineDatabase) -> People:
    cheap = Passwords(memory=64, passes=1)
    return People(database, VirtualClock(), Keyring([bytes(32)]), PeopleSettings(), passwords=cheap)


async def invitation(people: People, pages: Pages | None = None) -> list[dict[str, Any]]:
    structlog.reset_defaults()
    with capture_logs() as logs:
        await firststart.invite(people, pages)
    return [dict(line) for line in logs]


async def test_start_without_anybody_logs_a_link_that_works(people: People) -> None:
    (line,) = await invitation(people, Pages("127.0.0.1:8080"))

    assert line["event"] == "gatewayd.first_start"
    assert line["url"].startswith("http://127.0.0.1:8080/admin/first-start/")
    await people.check_first_start(line["url"].rpartition("/")[2])


async def test_start_with_somebody_logs_nothing(people: People) -> None:
    await people.create(NewPerson("ana", "violet otter lantern", (Role.ADMIN,)), actor="test")

    assert await invitation(people, Pages("127.0.0.1:8080")) == []


async def test_link_to_pages_behind_tls_says_so(people: People) -> None:
    (line,) = await invitation(people, Pages("192.0.2.1:8443", encrypted=True))

    assert line["url"].startswith("https://192.0.2.1:8443/admin/first-start/")


async def test_start_without_pages_names_the_command(people: People) -> None:
    (line,) = await invitation(people)

    assert line["event"] == "gatewayd.nobody"
    assert "gatewayd user create" in line["hint"]


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "[::]:8080"])
async def test_link_to_who_listens_everywhere_names_the_machine(
    people: People, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "sms1")

    (line,) = await invitation(people, Pages(address))

    assert line["url"].startswith("http://sms1:8080/admin/first-start/")


@asynccontextmanager
async def listening(config: Config, database: Database) -> AsyncIterator[list[str]]:
    daemon = build(config, database, VirtualClock())
    admin = None if daemon.admin_app is None else Site(daemon.admin_app, config.admin.bind)
    server = Server(config.api, daemon.app, socket_app=daemon.local_app, admin=admin)
    async with trio.open_nursery() as nursery:
        yield await nursery.start(partial(server.run))
        nursery.cancel_scope.cancel()


async def status(address: str, path: str) -> int:
    async with httpx2.AsyncClient(base_url=f"http://{address}") as client:
        return (await client.get(path)).status_code


@pytest.mark.parametrize(
    ("path", "public", "admin"),
    [
        ("/healthz", 200, 200),
        ("/v1/messages", 401, 401),
        ("/v1/people", 404, 401),
        ("/v1/clients", 404, 401),
        ("/v1/tokens", 404, 401),
        ("/v1/audit", 404, 401),
        ("/admin/", 404, 303),
        ("/admin/sign-in", 404, 200),
        ("/", 404, 303),
    ],
)
async def test_administration_with_addresses_of_its_own_is_nowhere_else(
    database: InlineDatabase, tmp_path: Path, path: str, public: int, admin: int
) -> None:
    config = parse(
        {
            "store": {"url": f"sqlite:///{tmp_path}/gatewayd.db", "reserve_mib": 0},
            "api": {"bind": ["127.0.0.1:0"]},
            "admin": {"bind": ["127.0.0.1:0"]},
        }
    )
    async with listening(config, database) as (first, second, _socket):  # type: ignore[arg-type]
        assert (await status(first, path), await status(second, path)) == (public, admin)
        async with httpx2.AsyncClient(base_url=f"http://{first}") as client:
            document = (await client.get("/openapi.json")).json()
        assert ("/v1/people" in document["paths"]) is False


async def test_administration_without_addresses_of_its_own_is_beside_the_rest(
    database: InlineDatabase, tmp_path: Path
) -> None:
    config = parse(
        {
            "store": {"url": f"sqlite:///{tmp_path}/gatewayd.db", "reserve_mib": 0},
            "api": {"bind": ["127.0.0.1:0"]},
        }
    )
    async with listening(config, database) as (only, _socket):  # type: ignore[arg-type]
        assert await status(only, "/v1/people") == 401
        assert await status(only, "/admin/sign-in") == 200
