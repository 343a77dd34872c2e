"""Received messages, from the network to whoever asks: put together, stored once, gone from the SIM, and obeyed."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from gatewayd.modem.simulator import state
from gatewayd.modem.simulator.card import Status, Stored
from gatewayd.modem.simulator.deliveries import encode_deliver
from gatewayd.modem.simulator.incoming import Incoming

from .gateway import Gateways, Phones, eventually, gatewayd

pytestmark = pytest.mark.slow

ASKER, OTHER, LEAVER = "+34600000001", "+34600000002", "+34600000003"
QUESTION, ANSWER = "quando chega? " * 30, "amanhã, às dez. " * 20


def parts(sender: str, text: str) -> list[bytes]:
    # The same reference for all: only sender, number and time tell the parts apart.
    return encode_deliver(sender, text, smsc="+34600000000", reference=7)


def leave_in_the_network(ledger: Path, held: list[bytes], on_sim: list[bytes]) -> None:
    """What a simulated phone finds when it is plugged in."""
    stored = {place: Stored(Status.UNREAD, pdu) for place, pdu in enumerate(on_sim, start=1)}
    waiting = [Incoming("message", pdu) for pdu in held]
    state.save(state.beside(ledger), state.State(memories={"SM": stored}, held=waiting))


@pytest.mark.parametrize("profile", ["generic", "huawei"])
def test_received_messages_are_put_together_stored_once_and_deleted_from_the_sim(
    tmp_path: Path, plug_in: Phones, serve: Gateways, profile: str
) -> None:
    ledger = tmp_path / "phone1.ledger"
    pieces = parts(ASKER, QUESTION) + parts(OTHER, ANSWER)
    random.Random(profile).shuffle(pieces)
    # One half waits on the SIM, with a part that the network delivers once more.
    leave_in_the_network(ledger, held=[*pieces[3:], pieces[0]], on_sim=pieces[:3])
    gateway = serve(plug_in("phone1", "--profile", profile))
    token = gateway.token("helpdesk", "inbox")
    with gateway.client(token) as client:
        both = eventually(
            lambda: len(found := client.get("/v1/inbox").json()["messages"]) == 2 and found, "both are there"
        )
        assert isinstance(both, list)
        shown = client.get(f"/v1/inbox/{both[0]['id']}").json()
        assert client.get("/v1/messages").status_code == 403
    assert {message["sender"]: message["text"] for message in both} == {ASKER: QUESTION, OTHER: ANSWER}
    assert {message["missing"] for message in both} == {0}
    assert shown["text"] == both[0]["text"]
    eventually(
        lambda: not any(state.load(state.beside(ledger)).memories.values()), "nothing is left on the SIM"
    )
    with gateway.administrator() as admin:
        metrics = admin.get("/metrics").text
    assert 'gatewayd_modem_storage_used{memory="SM",modem="phone1"} 0.0' in metrics
    listed = gatewayd("inbox", "list", "--sender", ASKER, "--json", "--config", gateway.config)
    assert [message["text"] for message in json.loads(listed.stdout)] == [QUESTION]


def test_stop_is_obeyed_until_it_is_taken_back(tmp_path: Path, plug_in: Phones, serve: Gateways) -> None:
    leave_in_the_network(tmp_path / "phone1.ledger", held=parts(LEAVER, "¡Stop!"), on_sim=[])
    phone = plug_in("phone1")
    gateway = serve(phone)
    at = ("--config", gateway.config)

    def opted_out() -> list[str]:
        listed = gatewayd("optout", "list", "--json", *at)
        return [entry["recipient"] for entry in json.loads(listed.stdout)]

    assert eventually(opted_out, "the wish is noted") == [LEAVER]
    with gateway.client(gateway.token("shop", "send")) as client:
        body = {"to": LEAVER, "text": "buy more"}
        for path in ("/v1/messages", "/v1/messages?dry_run=true"):
            refused = client.post(path, json=body)
            (error,) = refused.json()["errors"]
            assert (refused.status_code, error["field"], error["code"]) == (422, "to", "opted_out")
            assert "START" in error["message"]
        removed = gatewayd("optout", "remove", LEAVER, "--reason", "wrote to us", *at)
        assert removed.stdout == f"{LEAVER} may have messages again\n"
        assert client.post("/v1/messages", json=body).status_code == 202
    gateway.wait_until_settled()
    assert [entry.to for entry in phone.accepted] == [LEAVER]
    with gateway.administrator() as admin:
        entries = admin.get("/v1/audit").json()["entries"]
    assert "wrote to us" in {entry["reason"] for entry in entries}
