from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
import structlog
import trio

from gatewayd.config import Config, parse
from gatewayd.http.binding import CannotListen
from gatewayd.store.lock import DatabaseLocked
from gatewayd.supervisor import run


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return parse(
        {
            "store": {"url": f"sqlite:///{tmp_path}/gatewayd.db", "reserve_mib": 0},
            "api": {"bind": ["127.0.0.1:0"]},
            "log": {"format": "json"},
        }
    )


def local(config: Config) -> httpx2.AsyncClient:
    transport = httpx2.AsyncHTTPTransport(uds=str(config.api.socket))
    return httpx2.AsyncClient(transport=transport, base_url="http://gatewayd")


async def test_daemon_answers_once_it_has_started_and_ends_when_told(config: Config) -> None:
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses = await nursery.start(partial(run, config, stop=stop))
        async with httpx2.AsyncClient(base_url=f"http://{addresses[0]}") as client:
            assert (await client.get("/healthz")).status_code == 200
        async with local(config) as client:
            answer = await client.post("/v1/messages", json={"to": "+34600000001", "text": "hello"})
            assert answer.json()["state"] == "queued"
        stop.set()
    assert config.api.socket is not None
    assert not config.api.socket.exists()


async def test_database_in_use_is_refused_by_its_own_error(config: Config) -> None:
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(run, config, stop=stop))
        with pytest.raises(DatabaseLocked):
            await run(config)
        stop.set()


async def test_socket_in_use_is_refused_by_its_own_error(config: Config, tmp_path: Path) -> None:
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    async with listener:
        taken = f"127.0.0.1:{listener.socket.getsockname()[1]}"
        busy = config.api.model_copy(update={"bind": (taken,)})
        with pytest.raises(CannotListen, match=taken):
            await run(Config(**{name: getattr(config, name) for name in Config.__slots__} | {"api": busy}))


async def test_backup_over_the_socket_is_a_sound_copy(config: Config, tmp_path: Path) -> None:
    stop = trio.Event()
    target = tmp_path / "copy.db"
    async with trio.open_nursery() as nursery:
        addresses = await nursery.start(partial(run, config, stop=stop))
        async with local(config) as client:
            done = await client.post("/local/backup", json={"target": str(target)})
            again = await client.post("/local/backup", json={"target": str(target)})
            relative = await client.post("/local/backup", json={"target": "copy.db"})
            nowhere = await client.post("/local/backup", json={"target": "/nowhere/copy.db"})
            sound = await client.post("/local/check")
        async with httpx2.AsyncClient(base_url=f"http://{addresses[0]}") as client:
            outside = await client.post("/local/backup", json={"target": "/tmp/stolen.db"})
        stop.set()
    assert done.json() == {"target": str(target), "bytes": target.stat().st_size}
    assert (again.status_code, again.json()["code"]) == (409, "exists")
    assert relative.json()["errors"] == [
        {"field": "target", "code": "path", "message": "must be an absolute path"}
    ]
    assert nowhere.status_code == 422
    assert sound.json() == {"findings": []}
    assert outside.status_code == 404
