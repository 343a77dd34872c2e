"""How the daemon starts, stops, reloads and refuses."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .gateway import Gateway, Gateways, Phones, eventually, gatewayd

pytestmark = pytest.mark.slow


def test_second_daemon_on_one_database_refuses(serve: Gateways) -> None:
    gateway = serve()
    assert gateway.process is not None
    second = gatewayd("serve", "--config", gateway.config)
    assert second.returncode == 1
    assert f"in use by process {gateway.process.pid}" in second.stderr
    with gateway.administrator() as client:
        assert client.get("/healthz").status_code == 200
    assert gateway.stop() == 0


def test_database_of_a_newer_version_is_refused_and_left_alone(serve: Gateways) -> None:
    gateway = serve()
    assert gateway.stop() == 0
    with sqlite3.connect(gateway.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = gateway.database.read_bytes()
    refused = gatewayd("serve", "--config", gateway.config)
    assert refused.returncode == 1
    assert "install the newer gatewayd again" in refused.stderr
    assert gateway.database.read_bytes() == before


@contextmanager
def download(gateway: Gateway, token: str) -> Iterator[None]:
    """A download of the whole history that was begun and isn't read."""
    with socket.socket() as reader:
        # A small window, so that the answer can't vanish in the kernel's buffers.
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, _, port = gateway.address.rpartition(":")
        reader.connect((host, int(port)))
        reader.sendall(
            b"GET /v1/messages HTTP/1.1\r\nhost: x\r\naccept: text/csv\r\n"
            b"authorization: Bearer %s\r\n\r\n" % token.encode()
        )
        assert reader.recv(100).startswith(b"HTTP/1.1 200")
        yield


def test_stop_with_an_unread_download_open_is_clean(serve: Gateways) -> None:
    gateway = serve(api="grace = 0.5")
    with gateway.administrator() as client:
        batch = [{"to": f"+346{number:08}", "text": "x" * 400} for number in range(10_000)]
        assert client.post("/v1/messages", json=batch).json()["accepted"] == 10_000
    token = gateway.token("reader", "admin")
    with download(gateway, token):
        assert gateway.stop() == 0
    assert gateway.logged("http.connections_cut")
    assert gateway.logged("gatewayd.stopped")


def test_stop_is_over_within_its_graces_whoever_hangs_on(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1", "--error", "lost@1")
    graces = 1.0 + 2.0 + 2.0
    gateway = serve(phone, api="grace = 1.0", more="[queue]\nsubmit_grace = 2.0", store="close_grace = 2.0")
    token = gateway.token("reader", "admin")
    with gateway.administrator() as client:
        path = client.post("/v1/messages", json={"to": "+34600000001", "text": "out"}).headers["location"]
        eventually(lambda: phone.accepted, "the network has it")
        batch = [{"to": f"+346{number:08}", "text": "x" * 400} for number in range(10_000)]
        assert client.post("/v1/messages", json=batch).json()["accepted"] == 10_000
    with download(gateway, token), gateway.client(token) as idle:
        assert idle.get("/v1/events", params={"after": 10**9}).json()["events"] == []
        began = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - began < graces + 1.0
    gateway.start()
    with gateway.administrator() as client:
        assert client.get(path).json()["state"] == "in_doubt"
    assert len({entry.to for entry in phone.accepted}) == len(phone.accepted)


def test_stop_waits_for_a_running_submit(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1", "--latency", "1")
    gateway = serve(phone)
    with gateway.administrator() as client:
        client.post("/v1/messages", json={"to": "+34600000001", "text": "just in time"})
        eventually(lambda: client.get("/v1/messages?state=sending").json()["messages"], "it is under way")
    assert gateway.stop() == 0
    assert [entry.text for entry in phone.accepted] == ["just in time"]
    gateway.start()
    assert [message["state"] for message in gateway.messages()] == ["sent"]


def test_submit_longer_than_its_grace_is_in_doubt(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1", "--error", "lost@1")
    gateway = serve(phone, more="[queue]\nsubmit_grace = 0.3")
    with gateway.administrator() as client:
        client.post("/v1/messages", json={"to": "+34600000001", "text": "who knows"})
        eventually(lambda: phone.accepted, "the network has it")
    assert gateway.stop() == 0
    gateway.start()
    assert [message["state"] for message in gateway.messages()] == ["in_doubt"]


def test_hangup_applies_what_can_change_and_names_the_rest(serve: Gateways) -> None:
    gateway = serve()
    assert gateway.process is not None
    changed = gateway.config.read_text().replace("reserve_mib = 1", "reserve_mib = 2")
    gateway.config.write_text(changed + '[recipients]\ncountries = ["PT"]\n')
    gateway.process.send_signal(signal.SIGHUP)
    (left,) = eventually(lambda: gateway.logged("config.needs_restart"), "the rest is named")
    assert left["keys"] == ["store.reserve_mib"]
    with gateway.administrator() as client:
        refused = client.post("/v1/messages", json={"to": "+34600000001", "text": "to Spain"})
    assert refused.status_code == 422


def test_hangup_with_a_wrong_configuration_changes_nothing(serve: Gateways) -> None:
    gateway = serve()
    assert gateway.process is not None
    gateway.config.write_text("[api]\nbnd = []\n")
    gateway.process.send_signal(signal.SIGHUP)
    (failed,) = eventually(lambda: gateway.logged("config.reload_failed"), "the failure is logged")
    assert failed["problems"] == ["api.bnd: there is no such key; did you mean `bind`?"]
    assert gateway.stop() == 0


def test_service_manager_is_told_of_start_watch_and_stop(
    tmp_path: Path, serve: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        gateway = serve()

        def wait_for(notice: str) -> None:
            # The watchdog's notices never end.
            assert any(notice in manager.recv(4096).decode() for _ in range(1000)), f"{notice} never came"

        wait_for("READY=1")
        wait_for("WATCHDOG=1")
        wait_for("WATCHDOG=1")
        assert gateway.process is not None
        os.kill(gateway.process.pid, signal.SIGHUP)
        wait_for("RELOADING=1")
        wait_for("READY=1")
        gateway.process.send_signal(signal.SIGTERM)
        wait_for("STOPPING=1")
        assert gateway.process.wait(30) == 0


def test_taken_port_is_a_clear_error(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        gateway.config.write_text(gateway.config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        refused = gatewayd("serve", "--config", gateway.config)
    assert refused.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}: another program uses this port" in refused.stderr
    assert "Traceback" not in refused.stderr
