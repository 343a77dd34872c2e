"""A managed batch on a running daemon: from a file to what the network took."""

from __future__ import annotations

import json
import re
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from .gateway import Gateways, Phones, eventually, gatewayd

pytestmark = pytest.mark.slow

PEOPLE = "phone;name;amount\n+34600000001;Ana;12.5\n12;Rui;3\n+34600000003;Ewa;7\n+34600000001;Ana;1\n"
BILL = {
    "fields": [{"name": "name"}, {"name": "amount", "type": "number"}],
    "body": "{{ name }}: {{ amount|currency('EUR') }}",
}


def state_of(gateway: Any, id_: str) -> dict[str, Any]:
    with gateway.administrator() as client:
        batch: dict[str, Any] = client.get(f"/v1/batches/{id_}").json()
    return batch


def test_file_is_checked_approved_and_sent_by_commands(
    tmp_path: Path, plug_in: Phones, serve: Gateways
) -> None:
    phone = plug_in("phone1")
    gateway = serve(phone)
    with gateway.administrator() as client:
        assert client.put("/v1/templates/bill/sms/es", json=BILL).status_code == 201
    file = tmp_path / "bills.csv"
    file.write_text(PEOPLE)
    options = ("--template", "bill", "--to", "phone", "--json", "--config", gateway.config)
    made = gatewayd("batch", "create", file, *options)
    assert made.returncode == 0, made.stderr
    batch = json.loads(made.stdout)
    assert (batch["state"], batch["rows"], batch["good"], batch["wrong"]) == ("checked", 4, 2, 2)
    assert batch["template"] == "bill/sms/es@1"
    rows = gatewayd("batch", "rows", batch["id"], "--errors", "--config", gateway.config)
    assert re.search(r"2 .*phone: ", rows.stdout)
    assert "is the recipient of row 1 already" in rows.stdout
    assert phone.accepted == []
    approved = gatewayd("batch", "approve", batch["id"], "--config", gateway.config)
    assert approved.stdout == f"{batch['id']} approved\n", approved.stderr
    done = eventually(
        lambda: (seen := state_of(gateway, batch["id"]))["state"] == "done" and seen, "the batch is done"
    )
    assert sum(done["messages"].values()) == 2
    assert sorted((entry.to, entry.text) for entry in phone.accepted) == [
        ("+34600000001", "Ana: 12,50 €"),
        ("+34600000003", "Ewa: 7,00 €"),
    ]


def test_batch_that_is_killed_in_the_middle_sends_every_row_once(plug_in: Phones, serve: Gateways) -> None:
    """While it is handed in nothing can leave, so that no message may be in doubt: the modem is unplugged."""
    phone = plug_in("phone1")
    gateway = serve(phone, more="[batches]\napproval_above = 10000")
    phone.unplug()
    rows = "to\n" + "".join(f"+346{number:08}\n" for number in range(800))
    token = gateway.token("shop", "send", "read")
    with gateway.client(token) as client:
        made = client.post(
            "/v1/batches", content=rows, params={"text": "Hello"}, headers={"content-type": "text/csv"}
        ).json()
        eventually(
            lambda: client.get(f"/v1/batches/{made['id']}").json()["state"] == "checked", "it is checked"
        )
        client.post(f"/v1/batches/{made['id']}/approve", json={})
        eventually(lambda: client.get(f"/v1/batches/{made['id']}").json()["submitted"] > 0, "it has begun")
        gateway.stop(signal.SIGKILL)
    gateway.start()
    seen = eventually(
        lambda: (found := state_of(gateway, made["id"]))["submitted"] == 800 and found, "all rows are in"
    )
    assert seen["messages"] == {"queued": 800}
    phone.plug()
    eventually(lambda: state_of(gateway, made["id"])["state"] == "done", "the batch is done")
    assert Counter(Counter(entry.to for entry in phone.accepted).values()) == {1: 800}


def test_batch_of_a_restored_backup_goes_on_only_by_a_persons_word(plug_in: Phones, serve: Gateways) -> None:
    """Most of its rows are not messages yet when the backup is made: the client may have five waiting."""
    phone = plug_in("phone1", "--latency", "0.2")
    gateway = serve(phone, more="[batches]\napproval_above = 10000")
    rows = "to,n\n" + "".join(f"+346{number:08},{number}\n" for number in range(30))
    with gateway.client(gateway.token("shop", "send", "read")) as client:
        limited = gatewayd("client", "limits", "shop", "--queue-cap", "5", "--config", gateway.config)
        assert limited.returncode == 0, limited.stderr
        asked = {"params": {"text": "Hello {{ n }}"}, "headers": {"content-type": "text/csv"}}
        id_ = client.post("/v1/batches", content=rows, **asked).json()["id"]
        eventually(lambda: state_of(gateway, id_)["state"] == "checked", "it is checked")
        client.post(f"/v1/batches/{id_}/approve", json={})
    eventually(lambda: len(phone.accepted) >= 3, "some have left")
    copy = gateway.database.with_name("copy.db")
    made = gatewayd("db", "backup", "--config", gateway.config, copy)
    assert made.returncode == 0, made.stderr
    eventually(lambda: state_of(gateway, id_)["state"] == "done", "the original has sent all of it")
    gateway.stop(signal.SIGKILL)
    for beside in gateway.database.parent.glob(f"{gateway.database.name}-*"):
        beside.unlink()
    copy.replace(gateway.database)

    gateway.start()
    assert gateway.logged("batches.restored")
    batch = state_of(gateway, id_)
    assert (batch["state"], batch["reason"], batch["submitted"] < 30) == ("paused", "restored", True)
    assert "paused, from a copy" in gatewayd("batch", "list", "--config", gateway.config).stdout
    refused = gatewayd("batch", "resume", id_, "--config", gateway.config)
    assert refused.returncode != 0
    assert "comes from a copy of the database" in refused.stderr
    assert len(phone.accepted) == 30
    resumed = gatewayd("batch", "resume", id_, "--restored", "--config", gateway.config)
    assert resumed.stdout == f"{id_} running\n", resumed.stderr
    released = gatewayd("db", "release", "--reason", "a test", "--config", gateway.config)
    again = int(released.stdout.split()[0]) + 30 - batch["submitted"]
    eventually(lambda: len(phone.accepted) == 30 + again, "the rest has left again")
    assert sum(message["possible_duplicate"] for message in gateway.messages()) == again
