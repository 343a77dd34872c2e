"""TLS from the configuration file: served at the start, renewed at SIGHUP, refused with a reason."""

from __future__ import annotations

import logging
import os
import signal
import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
import structlog
import trio
import trustme

from gatewayd.config import Config, parse
from gatewayd.http.tls import CertificateUnusable
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
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    files = {"certificate": str(tmp_path / "tls.pem"), "key": str(tmp_path / "tls.key")}
    return parse(
        {
            "store": {"url": f"sqlite:///{tmp_path}/gatewayd.db", "reserve_mib": 0},
            "api": {"bind": ["127.0.0.1:0"], **files},
            "admin": {"bind": ["127.0.0.1:0"], **files},
            "log": {"format": "json"},
        }
    )


def issue(authority: trustme.CA, config: Config) -> None:
    assert config.api.certificate is not None
    assert config.api.key is not None
    issued = authority.issue_cert("127.0.0.1")
    config.api.certificate.write_bytes(issued.cert_chain_pems[0].bytes())
    config.api.key.write_bytes(issued.private_key_pem.bytes())


async def status(address: str, path: str, authority: trustme.CA) -> tuple[int, str]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with httpx2.AsyncClient(base_url=f"https://{address}", verify=context) as client:
        answer = await client.get(path)
    return answer.status_code, answer.headers.get("set-cookie", "")


async def test_api_and_pages_answer_over_tls_with_cookies_that_are_kept_to_it(
    config: Config, authority: trustme.CA
) -> None:
    issue(authority, config)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        public, admin, _ = await nursery.start(partial(run, config, stop=stop))
        assert (await status(public, "/healthz", authority))[0] == 200
        code, cookie = await status(admin, "/admin/sign-in", authority)
        stop.set()
    assert code == 200
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie


async def test_sighup_takes_a_renewed_certificate_into_use(config: Config, authority: trustme.CA) -> None:
    issue(authority, config)
    stop, other = trio.Event(), trustme.CA()
    async with trio.open_nursery() as nursery:
        public, _, _ = await nursery.start(partial(run, config, stop=stop))
        issue(other, config)
        os.kill(os.getpid(), signal.SIGHUP)
        with trio.fail_after(20):
            while not await _trusted(public, other):
                await trio.lowlevel.checkpoint()
        stop.set()


async def _trusted(address: str, authority: trustme.CA) -> bool:
    try:
        return (await status(address, "/healthz", authority))[0] == 200
    except httpx2.ConnectError:
        return False


async def test_daemon_without_its_certificate_does_not_start(config: Config) -> None:
    with pytest.raises(CertificateUnusable, match="can't be read: No such file"):
        await run(config)
