"""Between Ctrl-Z and its answer: what a kill leaves there, who settles it, and how soon sending goes on."""

from __future__ import annotations

import json
import signal
import time
from datetime import datetime
from typing import Any

import httpx2
import pytest

from .gateway import Gateway, Gateways, Phones, eventually, gatewayd

pytestmark = pytest.mark.slow

TO = "+34600000001"
MESSAGE = {"to": TO, "text": "who knows"}
#: Seconds from a modem that can send to the first Ctrl-Z, without a pace.
PROMPT = 2.0


def submit_and_wait_for_the_arming(client: httpx2.Client) -> str:
    """Send a message; return its path once its Ctrl-Z is due."""
    path: str = client.post("/v1/messages", json=MESSAGE).headers["location"]
    eventually(lambda: any(attempt["armed_at"] for attempt in attempts(client, path)), "it is armed")
    return path


def attempts(client: httpx2.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path).json()["attempts"]
    return found


def states(message: dict[str, Any]) -> list[str]:
    return [change["kind"].removeprefix("message.") for change in message["timeline"]]


def test_kill_after_ctrl_z_is_settled_by_the_report_that_comes_after_the_restart(
    plug_in: Phones, serve: Gateways
) -> None:
    # The network takes the part a second after the kill, and reports it when the gateway runs again.
    phone = plug_in("phone1", "--latency", "2", "--reports", "--report-after", "6")
    gateway = serve(phone)
    with gateway.administrator() as client:
        path = submit_and_wait_for_the_arming(client)
    time.sleep(1)  # the moment that is asked for
    gateway.stop(signal.SIGKILL)
    killed = time.monotonic()
    assert phone.entries == []

    gateway.start()
    with gateway.administrator() as client:
        found = client.get(path).json()
        assert (found["state"], found["error"]) == ("in_doubt", "unknown")

        def settled() -> dict[str, Any]:
            message: dict[str, Any] = client.get(path).json()
            return message if message["state"] == "delivered" else {}

        message = eventually(settled, "the report settles it")
        audited = client.get("/v1/audit", params={"object": f"message:{message['id']}"}).json()
    assert states(message) == ["queued", "sending", "in_doubt", "sent", "delivered"]
    assert (message["possible_duplicate"], message["error"]) == (False, None)
    assert audited["entries"] == []
    (taken,) = phone.accepted
    assert taken.text == "who knows"
    assert 0.5 < killed - taken.monotonic < 2


def test_doubt_is_settled_by_a_person_over_api_and_command_with_the_audit(
    plug_in: Phones, serve: Gateways
) -> None:
    phone = plug_in("phone1", "--error", "lost@1", "--error", "timeout@2")
    gateway = serve(phone)
    at = ("--config", gateway.config)
    ids = []
    for _ in range(2):
        with gateway.administrator() as client:
            ids.append(submit_and_wait_for_the_arming(client).rpartition("/")[2])
        eventually(lambda: len(phone.entries) == len(ids), "the network has seen it")
        gateway.stop(signal.SIGKILL)
        gateway.start()
        # The other one leaves only when this recipient isn't in doubt any more.
        if len(ids) == 1:
            settled = gatewayd(
                "messages", "resolve", ids[0], "--verdict", "sent", "--reason", "was heard", *at
            )
            assert settled.stdout == f"{ids[0]} is sent\n"
    with gateway.administrator() as client:
        body = {"verdict": "resend", "reason": "nothing came"}
        assert client.post(f"/v1/messages/{ids[1]}/resolve", json=body).status_code == 200
        eventually(lambda: len(phone.accepted) == 2, "it is sent again")
        gateway.wait_until_settled()
        again = client.get(f"/v1/messages/{ids[1]}").json()
        audited = client.get("/v1/audit").json()["entries"]
    assert (again["state"], again["possible_duplicate"]) == ("sent", True)
    reasons = {
        entry["object"].removeprefix("message:"): entry["reason"]
        for entry in audited
        if entry["action"] == "message.resolve"
    }
    assert reasons == {ids[0]: "was heard", ids[1]: "nothing came"}
    refused = gatewayd("messages", "resolve", ids[1], "--verdict", "failed", "--reason", "x", *at)
    assert refused.returncode == 1
    assert "settled it as resend" in refused.stderr or "it is sent" in refused.stderr
    assert json.loads(gatewayd("verify", "--json", *at).stdout)["sound"]


def ready_until_next_submit(gateway: Gateway, began: float, stamp: float) -> float:
    """Seconds from when the log said, after ``began``, that the modem can send, to the Ctrl-Z at ``stamp``."""
    wall = time.time() - time.monotonic()
    ready = [
        datetime.fromisoformat(line["timestamp"]).timestamp() - wall
        for line in gateway.logged("modem.state")
        if line["state"] == "ready"
    ]
    return stamp - min(moment for moment in ready if moment >= began)


def test_restart_and_replugging_lose_no_time(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1", "--latency", "0.1")
    gateway = serve(phone)
    with gateway.administrator() as client:
        batch = [{"to": f"+34600{number:06d}", "text": "next"} for number in range(300)]
        client.post("/v1/messages", json=batch)

    def submits_since(began: float) -> list[float]:
        # What was under way when the gateway was killed is accepted later, and began earlier.
        return [entry.monotonic for entry in phone.accepted if entry.monotonic >= began]

    for accident in (gateway.stop, lambda: gateway.stop(signal.SIGKILL), phone.unplug):
        began = time.monotonic()
        eventually(lambda: len(submits_since(began)) > 2, "it sends")  # noqa: B023 - used at once
        accident()
        began = time.monotonic()
        if gateway.process is None:
            gateway.start()
        else:
            eventually(
                lambda: [line for line in gateway.logged("modem.state") if line["state"] == "absent"],
                "the modem is missed",
            )
            phone.plug()
        stamps = eventually(lambda: submits_since(began), "it sends again")  # noqa: B023 - used at once
        assert ready_until_next_submit(gateway, began, stamps[0]) < PROMPT
