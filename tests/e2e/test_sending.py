"""From HTTP to the air, and around the accidents on the way."""

from __future__ import annotations

from collections import Counter

import pytest

from .gateway import Gateways, Phones, eventually

pytestmark = pytest.mark.slow

BARRED = "+34600000999"


def test_message_over_http_reaches_the_network(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1")
    gateway = serve(phone)
    with gateway.client(gateway.token("shop", "send", "read")) as client:
        answer = client.post("/v1/messages", json={"to": "+34600000001", "text": "Olá, o seu pedido chegou"})
        assert answer.status_code == 202
        gateway.wait_until_settled()
        shown = client.get(answer.headers["location"]).json()
    assert [(entry.to, entry.text) for entry in phone.accepted] == [
        ("+34600000001", "Olá, o seu pedido chegou")
    ]
    assert (shown["state"], shown["client"], shown["modem"]) == ("sent", "shop", "phone1")


def test_two_hundred_messages_through_accidents_leave_exactly_once(plug_in: Phones, serve: Gateways) -> None:
    unreliable = ("--latency", "0.01", "--error", "38@*10", "--error", f"1@{BARRED}")
    # The answer to one submit never comes: that is when the daemon is killed. The first error that fits strikes.
    phones = [plug_in("phone1", "--error", "lost@40", *unreliable), plug_in("phone2", *unreliable)]
    gateway = serve(*phones, more="[queue]\nretry_delays = [0.2, 0.4]")
    numbers = [f"+346000{number:05}" for number in range(1, 200)]
    with gateway.administrator() as client:
        client.post("/v1/messages", json={"to": BARRED, "text": "never"})
    for place, name in enumerate(("shop", "support", "provisioning")):
        with gateway.client(gateway.token(name, "send")) as client:
            batch = [{"to": to, "text": f"{name}: olá {to}"} for to in numbers[place::3]]
            assert client.post("/v1/messages", json=batch).json()["rejected"] == 0

    eventually(lambda: [entry for entry in phones[0].entries if entry.kind == "lost"], "an answer is lost")
    gateway.stop(9)
    taken = sum(len(phone.accepted) for phone in phones)
    gateway.start()
    eventually(
        lambda: sum(len(phone.accepted) for phone in phones) > taken + 20, "the restarted gateway sends"
    )
    phones[1].unplug()
    messages = gateway.wait_until_settled()

    on_air = Counter(entry.to for phone in phones for entry in phone.accepted)
    assert len(messages) == 200
    states = {message["to"]: message for message in messages}
    refused = states.pop(BARRED)
    assert (refused["state"], refused["error"]) == ("failed", "+CMS 1")
    assert "unassigned" in refused["error_text"].lower()
    assert on_air[BARRED] == 0
    lost = next(entry.to for entry in phones[0].entries if entry.kind == "lost")
    assert states[lost]["state"] == "in_doubt"
    assert states[lost]["error_text"]
    in_doubt = {to for to, message in states.items() if message["state"] == "in_doubt"}
    # Each accident may have caught one more on its way through the other phone: it says so, and went out once at most.
    assert len(in_doubt) <= 3
    assert all(on_air[to] <= 1 for to in in_doubt)
    certain = {to: message["state"] for to, message in states.items() if to not in in_doubt}
    assert set(certain.values()) == {"sent"}
    assert {to: on_air[to] for to in certain} == dict.fromkeys(certain, 1)


def test_port_that_vanishes_and_comes_back_is_used_again(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1")
    gateway = serve(phone)
    with gateway.administrator() as client:

        def state() -> str:
            return str(client.get("/v1/modems/phone1").json()["state"])

        eventually(lambda: state() == "ready", "the modem is ready")
        phone.unplug()
        eventually(lambda: state() == "absent", "the modem is missed")
        assert (
            client.post("/v1/messages", json={"to": "+34600000001", "text": "still here?"}).status_code == 202
        )
        phone.plug()
        gateway.wait_until_settled()
    assert [entry.text for entry in phone.accepted] == ["still here?"]


def test_gateway_without_modem_answers_queues_and_says_why(
    tmp_path_factory: pytest.TempPathFactory, serve: Gateways
) -> None:
    missing = tmp_path_factory.mktemp("dev") / "ttyUSB0"
    gateway = serve(modems=f'[[modem]]\nname = "phone1"\nport = "{missing}"\n')
    with gateway.administrator() as client:
        answer = client.post("/v1/messages", json={"to": "+34600000001", "text": "later"})
        ready = client.get("/readyz")
        queue = client.get("/v1/queue").json()
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert ready.status_code == 503
    assert str(missing) in ready.json()["reasons"][0]["message"]
    assert queue["waiting"]["normal"]["messages"] == 1
    eventually(
        lambda: [line for line in gateway.log if line.get("state") == "absent"], "the absence is logged"
    )
    assert len([line for line in gateway.log if line.get("state") == "absent"]) == 1
