"""The command line against a running gatewayd, and the demonstration."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from gatewayd.modem.simulator import accepted, read

from .gateway import COMMAND, PATIENCE, Gateways, Phones, gatewayd

pytestmark = pytest.mark.slow

TO, BARRED = "+34600000001", "+34600000999"


def test_send_waits_for_the_network_and_says_what_it_said(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1", "--error", f"1@{BARRED}")
    gateway = serve(phone)
    sent = gatewayd("send", "--config", gateway.config, "--wait", TO, "Bom dia")
    refused = gatewayd("send", "--config", gateway.config, "--wait", BARRED, "Bom dia")
    assert (sent.returncode, sent.stdout.split()[1]) == (0, "sent")
    assert refused.returncode == 1
    assert "unassigned" in refused.stdout.lower()
    assert [entry.text for entry in phone.accepted] == ["Bom dia"]


def test_paused_modem_sends_once_it_is_resumed(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1")
    gateway = serve(phone)
    target = ("--config", gateway.config)
    paused = gatewayd("modem", "pause", "phone1", "--reason", "new SIM", *target)
    assert paused.stdout == "modem phone1 is paused\n"
    gatewayd("send", *target, TO, "when you can")
    (modem,) = json.loads(gatewayd("modem", "list", "--json", *target).stdout)
    assert (modem["mode"], modem["mode_reason"], modem["sent_today"]) == ("paused", "new SIM", 0)
    assert "new SIM" in gatewayd("modem", "list", *target).stdout
    gatewayd("modem", "resume", "phone1", "--reason", "done", *target)
    assert [message["state"] for message in gateway.wait_until_settled()] == ["sent"]


def test_history_can_be_read_from_afar_with_a_token(serve: Gateways) -> None:
    gateway = serve()
    gatewayd("send", "--config", gateway.config, TO, "mine, not yours")
    afar = ("--url", f"http://{gateway.address}", "--token", gateway.token("shop", "send", "read"))
    gatewayd("send", *afar, TO, "yours")
    (seen,) = json.loads(gatewayd("messages", "list", "--json", *afar).stdout)
    assert (seen["client"], seen["text"]) == ("shop", "yours")
    refused = gatewayd("client", "list", *afar)
    assert (refused.returncode, refused.stderr) == (
        1,
        "gatewayd: this needs a token with the scope 'admin'\n",
    )


def test_backup_of_a_running_gateway_can_be_served(tmp_path: Path, serve: Gateways) -> None:
    gateway = serve()
    gatewayd("send", "--config", gateway.config, TO, "before")
    copy = tmp_path / "copy.db"
    assert gatewayd("db", "backup", "--config", gateway.config, copy).returncode == 0
    gatewayd("send", "--config", gateway.config, TO, "after")
    assert gateway.stop() == 0
    copy.replace(gateway.database)
    for leftover in ("-wal", "-shm"):
        Path(f"{gateway.database}{leftover}").unlink(missing_ok=True)
    gateway.start()
    assert [message["text"] for message in gateway.messages()] == ["before"]


def test_demonstration_sends_everything_and_ends_by_itself(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = gatewayd(
            "demo",
            tmp_path / "demo",
            "--port",
            str(port),
            "--interval",
            "0",
            "--history",
            "0",
            "--exit-when-sent",
        )
    assert done.returncode == 0, done.stderr
    assert f"127.0.0.1:{port}" not in done.stdout
    assert len({entry.to for entry in accepted(read(tmp_path / "demo/ledger.jsonl"))}) == 6
    assert "curl -H 'Authorization: Bearer gwd_" in done.stdout


def test_demonstration_ends_cleanly_at_ctrl_c(tmp_path: Path) -> None:
    command = [
        *COMMAND,
        "demo",
        str(tmp_path / "demo"),
        "--port",
        "18080",
        "--interval",
        "60",
        "--history",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "accepted and on disk" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert output.endswith("its history is kept.\n")
