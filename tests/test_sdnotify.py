from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatewayd.sdnotify import Notifier, watchdog_interval


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The receiving end, as systemd has it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        receiver.setblocking(False)
        yield receiver


@pytest.fixture
def notifier(manager: socket.socket) -> Notifier:
    return Notifier(manager.getsockname())


def test_notices_reach_the_manager_one_datagram_each(notifier: Notifier, manager: socket.socket) -> None:
    notifier.ready()
    notifier.watchdog()
    notifier.stopping()
    assert [manager.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_status_with_a_line_break_stays_one_line(notifier: Notifier, manager: socket.socket) -> None:
    notifier.status("migrating\nstep 2")
    assert manager.recv(100) == b"STATUS=migrating step 2"


def test_reloading_carries_the_monotonic_clock_in_microseconds(
    notifier: Notifier, manager: socket.socket
) -> None:
    before = time.monotonic_ns() // 1000
    notifier.reloading()
    word, stamp = manager.recv(100).split(b"\n")
    assert word == b"RELOADING=1"
    assert before <= int(stamp.removeprefix(b"MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_extend_timeout_is_sent_in_microseconds(notifier: Notifier, manager: socket.socket) -> None:
    notifier.extend_timeout(1.5)
    assert manager.recv(100) == b"EXTEND_TIMEOUT_USEC=1500000"


def test_abstract_address_is_reached(tmp_path: Path) -> None:
    name = f"gatewayd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(b"\0" + name.encode())
        Notifier("@" + name).ready()
        assert receiver.recv(100) == b"READY=1"


def test_notifier_from_environment_hides_the_socket_from_children(
    monkeypatch: pytest.MonkeyPatch, manager: socket.socket
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.getsockname())
    Notifier.from_environment().ready()
    assert manager.recv(100) == b"READY=1"
    assert "NOTIFY_SOCKET" not in os.environ


def test_notifier_outside_systemd_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Notifier.from_environment().ready()


def test_notifier_whose_manager_went_away_does_nothing(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "nobody")).watchdog()


def test_notifier_never_waits_for_a_full_manager(notifier: Notifier, manager: socket.socket) -> None:
    for _ in range(10_000):
        notifier.watchdog()
    assert manager.recv(100) == b"WATCHDOG=1"


def test_notices_that_a_full_manager_must_not_miss_go_before_the_next(
    notifier: Notifier, manager: socket.socket
) -> None:
    for _ in range(10_000):
        notifier.watchdog()
    notifier.ready()
    notifier.stopping()
    while manager.recv(100, socket.MSG_PEEK) == b"WATCHDOG=1":
        manager.recv(100)
        notifier.extend_timeout(1)
    assert [manager.recv(100) for _ in range(3)] == [
        b"READY=1",
        b"STOPPING=1",
        b"EXTEND_TIMEOUT_USEC=1000000",
    ]


@pytest.mark.parametrize(
    ("microseconds", "pid", "seconds"),
    [
        ("30000000", None, 30.0),
        ("30000000", "self", 30.0),
        ("30000000", "1", None),
        ("", None, None),
        ("0", None, None),
        ("soon", None, None),
    ],
)
def test_watchdog_interval_is_what_systemd_asked_of_this_process(
    monkeypatch: pytest.MonkeyPatch, microseconds: str, pid: str | None, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if pid is not None:
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "self" else pid)
    assert watchdog_interval() == seconds
