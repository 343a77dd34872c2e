"""A backup of a gateway that sends is restored after the gateway was lost."""

from __future__ import annotations

import json
import signal
import time

from .gateway import Gateways, Phones, eventually, gatewayd


def test_restored_backup_sends_nothing_again_and_the_rest_after_one_command(
    plug_in: Phones, serve: Gateways
) -> None:
    phone = plug_in("phone1", "--latency", "0.3")
    gateway = serve(phone)
    with gateway.client(gateway.token("shop", "send", "read")) as client:
        body = [{"to": f"+346000001{n:02d}", "text": f"text {n}"} for n in range(40)]
        assert client.post("/v1/messages", json=body).json()["accepted"] == 40
    eventually(lambda: len(phone.accepted) >= 2, "some have left")
    copy = gateway.database.with_name("copy.db")
    made = gatewayd("db", "backup", "--config", gateway.config, copy)
    assert made.returncode == 0, made.stderr
    checked = gatewayd("verify", "--database", copy, "--json")
    assert json.loads(checked.stdout)["findings"] == []
    assert gatewayd("verify", "--config", gateway.config).returncode == 0
    at_backup = len(phone.accepted)
    eventually(lambda: len(phone.accepted) >= at_backup + 3, "more have left since")
    gateway.stop(signal.SIGKILL)

    for beside in gateway.database.parent.glob(f"{gateway.database.name}-*"):
        beside.unlink()
    copy.replace(gateway.database)
    time.sleep(1)  # the phone finishes what it was submitting when its gateway was killed
    left = len(phone.accepted)
    assert left < 40
    gateway.start()
    assert gateway.logged("queue.restored")
    states = [message["state"] for message in gateway.wait_until_settled()]
    assert set(states) == {"sent", "in_doubt"}
    assert len(phone.accepted) == left

    taken = {entry.to for entry in phone.accepted}
    held = [message for message in gateway.messages() if message["state"] == "in_doubt"]
    assert {message["error"] for message in held} == {"restored"}
    never_left = [message["id"] for message in held if message["to"] not in taken]
    released = gatewayd("db", "release", "--config", gateway.config, "--reason", "by the bill", *never_left)
    assert released.stdout == f"{len(never_left)} messages are queued again\n"
    eventually(lambda: len(phone.accepted) >= 40, "the rest has left")
    assert len({entry.to for entry in phone.accepted}) == len(phone.accepted) == 40
