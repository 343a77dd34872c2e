"""People against a running gatewayd."""

from __future__ import annotations

import json

import pytest

from .gateway import Gateways, gatewayd

pytestmark = pytest.mark.slow

PHRASE = "violet otter lantern"


def test_first_start_invites_until_somebody_is_there_and_no_password_is_written(serve: Gateways) -> None:
    gateway = serve()
    (invitation,) = gateway.logged("gatewayd.first_start")
    assert f"http://{gateway.address}/admin/first-start/" in invitation["url"]
    made = gatewayd(
        "user", "create", "--config", gateway.config, "ana", "--role", "admin", "--password-file", "-",
        stdin=PHRASE,
    )  # fmt: skip
    assert made.stdout == "ana can sign in now, as admin\n"
    (person,) = json.loads(gatewayd("user", "list", "--json", "--config", gateway.config).stdout)
    assert (person["name"], person["roles"]) == ("ana", ["admin"])

    gateway.stop()
    gateway.start()

    assert gateway.logged("gatewayd.first_start") == []
    written = [path.read_bytes() for path in gateway.config.parent.iterdir() if path.is_file()]
    assert not any(PHRASE.encode() in content for content in written)
    assert sum(b"$argon2id$" in content for content in written) >= 1
