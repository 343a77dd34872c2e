"""A row that isn't what was accepted halts the queue, until a person has looked."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from .gateway import Gateways, Phones, eventually, gatewayd

pytestmark = pytest.mark.slow


def test_damaged_message_halts_the_queue_is_named_and_resumed_from(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1")
    gateway = serve(phone)
    at = ("--config", gateway.config)
    gatewayd("modem", "pause", "phone1", "--reason", "a test", *at)
    sent = gatewayd("send", "--json", *at, "+34600000001", "pay 10 to Ana")
    (damaged,) = json.loads(sent.stdout)
    assert gateway.stop() == 0
    with closing(sqlite3.connect(gateway.database)) as raw, raw:
        raw.execute("UPDATE message SET text = 'pay 99 to Eva'")
    gateway.start()
    assert gatewayd("modem", "resume", "phone1", "--reason", "go", *at).returncode == 0

    (halted,) = eventually(lambda: gateway.logged("queue.halted"), "the queue halts")
    assert halted["level"] == "critical"
    verified = gatewayd("verify", *at)
    assert verified.returncode == 1
    assert "is not what was accepted" in verified.stdout
    with gateway.administrator() as client:
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["reasons"][0]["code"]) == (503, "halted")
        assert "gatewayd_halted 1.0" in client.get("/metrics").text
        accepted = client.post("/v1/messages", json={"to": "+34600000002", "text": "meanwhile"})
        assert accepted.status_code == 202
    gateway.stop()
    gateway.start()
    assert phone.accepted == []

    assert gatewayd("messages", "cancel", damaged["id"], *at).returncode == 0
    assert gatewayd("resume", "--reason", "looked at it", *at).returncode == 0
    eventually(lambda: phone.accepted, "the queue goes on")
    assert [entry.text for entry in phone.accepted] == ["meanwhile"]
