"""Webhooks of a running daemon, received with the library of the specification."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .gateway import Gateway, Gateways, Phones, eventually, gatewayd
from .receiver import Receiver
from .test_receiving import ASKER, leave_in_the_network, parts

pytestmark = pytest.mark.slow

ALLOWED = '[webhooks]\nallow = ["127.0.0.1/32"]\n'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver().start()
    yield receiver
    receiver.stop()


def hook(gateway: Gateway, receiver: Receiver, *options: str) -> str:
    """A webhook that leads to ``receiver``, made as an operator makes one."""
    made = gatewayd("webhook", "create", "--config", gateway.config, receiver.url, *options, "--json")
    assert made.returncode == 0, made.stderr
    shown = json.loads(made.stdout)
    receiver.secret = shown["secret"]
    return str(shown["id"])


def test_receiver_verifies_each_change_of_a_message_and_what_was_received(
    tmp_path: Path, plug_in: Phones, serve: Gateways, receiver: Receiver
) -> None:
    leave_in_the_network(tmp_path / "phone1.ledger", held=parts(ASKER, "Sim, às 9"), on_sim=[])
    gateway = serve(more=ALLOWED)
    hook(gateway, receiver)
    gateway.stop()
    phone = plug_in("phone1")
    gateway = serve(phone, more=ALLOWED)
    with gateway.client(gateway.token("shop", "send")) as client:
        answer = client.post(
            "/v1/messages", json={"to": "+34600000001", "text": "Hello", "reference": "order-17"}
        )
        name = answer.json()["id"]
    eventually(lambda: receiver.told(name)[-1:] == ["message.sent"], "the receiver knows that it was sent")
    received = eventually(
        lambda: [payload for _, payload in receiver.got if payload["type"] == "inbox.received"],
        "the receiver knows of the received message",
    )
    assert receiver.told(name) == ["message.queued", "message.sending", "message.sent"]
    assert receiver.forged == 0
    assert len(receiver.got) == len(dict(receiver.got))
    sent = next(payload["data"] for _, payload in receiver.got if payload["type"] == "message.sent")
    assert (sent["to"], sent["reference"], sent["client"]) == ("+34600000001", "order-17", "shop")
    assert "text" not in sent
    assert (received[0]["data"]["sender"], received[0]["data"]["text"]) == (ASKER, "Sim, às 9")
    assert gateway.stop() == 0


def test_events_reach_a_receiver_that_was_away_in_order_although_the_daemon_was_killed(
    plug_in: Phones, serve: Gateways, receiver: Receiver
) -> None:
    gateway = serve(plug_in("phone1"), more=ALLOWED)
    name = hook(gateway, receiver, "--event", "message.*")
    receiver.stop()
    with gateway.client(gateway.token("shop", "send")) as client:
        for number in range(20):
            client.post("/v1/messages", json={"to": f"+3460000{number:04}", "text": "Hello"})
    gateway.wait_until_settled()
    eventually(lambda: gateway.logged("webhook.not_delivered"), "the receiver is missed")
    gateway.stop(signal.SIGKILL)
    receiver.start()
    gateway.start()
    assert gatewayd("webhook", "enable", "--config", gateway.config, name).returncode == 0
    eventually(lambda: len(dict(receiver.got)) == 60, "everything has come")
    numbers = list({id_: payload["seq"] for id_, payload in receiver.got}.values())
    assert numbers == sorted(numbers)
    assert receiver.forged == 0
    for message in gateway.messages():
        assert receiver.told(message["id"]) == ["message.queued", "message.sending", "message.sent"]


def test_receiver_that_hangs_delays_neither_messages_nor_the_stop(
    plug_in: Phones, serve: Gateways, receiver: Receiver
) -> None:
    phone = plug_in("phone1")
    gateway = serve(phone, more=ALLOWED)
    hook(gateway, receiver)
    receiver.take = lambda _body, _headers: time.sleep(30) or 200  # type: ignore[method-assign, func-returns-value]
    with gateway.client(gateway.token("shop", "send")) as client:
        client.post("/v1/messages", json={"to": "+34600000001", "text": "Hello"})
    gateway.wait_until_settled()
    began = time.monotonic()
    assert gateway.stop() == 0
    assert time.monotonic() - began < 10
    assert len(phone.accepted) == 1


def test_private_address_is_refused_by_a_daemon_that_lists_none(serve: Gateways, receiver: Receiver) -> None:
    gateway = serve()
    made = gatewayd("webhook", "create", "--config", gateway.config, receiver.url)
    assert made.returncode == 1
    assert "[webhooks] allow" in made.stderr


def test_application_manages_its_own_webhook_with_its_token(serve: Gateways, receiver: Receiver) -> None:
    gateway = serve(more=ALLOWED)
    with gateway.client(gateway.token("shop", "webhooks")) as client:
        made = client.post("/v1/webhooks", json={"url": receiver.url}).json()
        receiver.secret = made["secret"]
        tested = client.post(f"/v1/webhooks/{made['id']}/test").json()
        assert (tested["delivered"], tested["status"], tested["body"]) == (True, 200, None)
        rotated = client.post(f"/v1/webhooks/{made['id']}/rotate").json()
        # The receiver still has the old secret: for a day, both sign.
        assert client.post(f"/v1/webhooks/{made['id']}/test").json()["delivered"]
        receiver.secret = rotated["secret"]
        assert client.post(f"/v1/webhooks/{made['id']}/test").json()["delivered"]
    assert [payload["type"] for _, payload in receiver.got] == ["webhook.test"] * 3
    database = gateway.database.read_bytes()
    log = (gateway.config.parent / "gatewayd.log").read_bytes()
    for secret in (made["secret"], rotated["secret"]):
        assert secret.encode() not in database + log
