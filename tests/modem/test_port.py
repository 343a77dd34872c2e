"""The serial port, on real ptys."""

from __future__ import annotations

import os
import subprocess
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

from gatewayd.modem.failures import PortBusy, PortUnavailable
from gatewayd.modem.holder import holder_of
from gatewayd.modem.port import SerialDevice, _open

HOLD = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("held", flush=True)
sys.stdin.read()
"""


@dataclass
class Pty:
    master: int
    path: Path

    @property
    def device(self) -> SerialDevice:
        return SerialDevice(self.path, 115200)


@pytest.fixture
def pty() -> Iterator[Pty]:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    yield Pty(master, Path(os.ttyname(slave)))
    os.close(slave)
    os.close(master)


@pytest.fixture
def holder(pty: Pty) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(pty.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        assert process.stdin is not None
        process.stdin.close()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_port_carries_every_octet_both_ways(pty: Pty) -> None:
    port = await pty.device.open()
    octets = bytes(range(256))
    await port.stream.send_all(octets)
    assert os.read(pty.master, 1024) == octets
    os.write(pty.master, octets)
    with trio.fail_after(5):
        assert await port.stream.receive_some(1024) == octets
    await port.aclose()


async def test_port_on_which_nothing_comes_waits_instead_of_ending(pty: Pty) -> None:
    port = await pty.device.open()
    with trio.move_on_after(0.05) as scope:
        await port.stream.receive_some(1024)
    assert scope.cancelled_caught
    await port.aclose()


async def test_port_that_was_closed_leaves_no_descriptor_behind(pty: Pty) -> None:
    # The first opening starts trio's threads and what they need.
    await (await pty.device.open()).aclose()
    before = descriptors()
    for _ in range(3):
        await (await pty.device.open()).aclose()
    assert descriptors() == before


async def test_port_whose_output_nobody_takes_is_closed_at_once(pty: Pty) -> None:
    port = await pty.device.open()
    with trio.move_on_after(0.05):
        await port.stream.send_all(b"x" * 1_000_000)
    with trio.fail_after(5):
        await port.aclose()


async def test_port_that_another_program_holds_is_refused_with_its_name(
    pty: Pty, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(PortBusy, match=rf"is held by python.* \(pid {holder.pid}\); stop it"):
        await pty.device.open()


async def test_port_that_we_hold_is_refused_to_others(pty: Pty) -> None:
    port = await pty.device.open()
    result = await trio.run_process(
        [sys.executable, "-c", HOLD, str(pty.path)],
        stdin=b"",
        capture_stdout=True,
        capture_stderr=True,
        check=False,
    )
    assert b"BlockingIOError" in result.stderr
    await port.aclose()


async def test_port_opened_again_after_closing_works(pty: Pty) -> None:
    await (await pty.device.open()).aclose()
    await (await pty.device.open()).aclose()


async def test_port_that_is_no_serial_port_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PortUnavailable):
        await SerialDevice(tmp_path / "file", 115200).open()


async def test_port_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PortUnavailable, match="No such file"):
        await SerialDevice(tmp_path / "missing", 115200).open()


def test_link_to_a_device_that_has_gone_counts_as_absent(tmp_path: Path, pty: Pty) -> None:
    link = tmp_path / "modem"
    link.symlink_to(pty.path)
    assert SerialDevice(link, 115200).is_present()
    link.unlink()
    link.symlink_to(tmp_path / "gone")
    assert not SerialDevice(link, 115200).is_present()


def test_port_whose_opening_was_given_up_is_closed_by_the_thread(pty: Pty) -> None:
    abandoned = threading.Event()
    abandoned.set()
    before = descriptors()
    with pytest.raises(PortUnavailable):
        _open(pty.path, 115200, abandoned)
    assert descriptors() == before


async def test_port_is_raw_and_without_echo(pty: Pty) -> None:
    port = await pty.device.open()
    descriptor = os.open(pty.path, os.O_RDWR | os.O_NOCTTY)
    flags = termios.tcgetattr(descriptor)[3]
    assert not flags & (termios.ECHO | termios.ICANON)
    os.close(descriptor)
    await port.aclose()


def test_holder_of_a_file_is_named(pty: Pty, holder: subprocess.Popen[str]) -> None:
    assert str(holder.pid) in (holder_of(pty.path) or "")


def test_holder_of_a_file_that_nobody_has_open_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert holder_of(tmp_path / "file") is None
