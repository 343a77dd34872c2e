"""The real thing under measurement: `gatewayd serve` and `gatewayd simulate`, each a process of its own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.client import Client
from gatewayd.modem.simulator.ledger import Entry, read

_GATEWAYD = (sys.executable, "-m", "gatewayd")


class TooSlow(Exception):
    """Something that was waited for did not happen."""


class Ended(Exception):
    """The daemon ended by itself."""


@dataclass(frozen=True, slots=True)
class Phone:
    """What a simulated modem is like, and the pace that is asked of it."""

    latency: float = 0.0
    """Seconds from 0x1A to the answer."""
    interval: float = 0.0
    """Seconds from one submit to the next."""
    errors: Sequence[str] = ()


def wait_for(done: Callable[[], bool], what: str, *, seconds: float = 60.0, step: float = 0.01) -> None:
    """Look every ``step`` seconds until ``done``. Raises TooSlow after ``seconds``."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TooSlow(f"{what}: not within {seconds:g} s")
        time.sleep(step)


def free_port() -> int:
    """A TCP port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Rig:
    """A directory with a configuration, and the processes that are started on it; ``close`` ends them."""

    directory: Path
    phone: Phone = field(default_factory=Phone)
    database: Path | None = None
    """Another place for the database than the directory."""
    more: str = ""
    """Further sections of the configuration."""
    address: tuple[str, int] = field(init=False)
    _daemon: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _simulator: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.database = self.database or self.directory / "gatewayd.db"
        self.address = ("127.0.0.1", free_port())
        self.config.write_text(self._configuration())

    @property
    def config(self) -> Path:
        """The daemon's configuration."""
        return self.directory / "gatewayd.toml"

    @property
    def link(self) -> Path:
        """The name of the modem's port."""
        return self.directory / "phone1"

    @property
    def ledger(self) -> Path:
        """What the simulated network took."""
        return self.directory / "ledger.jsonl"

    @property
    def log(self) -> Path:
        """The daemon's log, as JSON lines."""
        return self.directory / "gatewayd.log"

    def _configuration(self) -> str:
        return f"""\
[store]
url = "sqlite:///{self.database}"
[api]
bind = ["127.0.0.1:{self.address[1]}"]
socket = "{self.directory}/gatewayd.sock"
[log]
format = "json"
[[modem]]
name = "phone1"
port = "{self.link}"
interval = {self.phone.interval}
{self.more}"""

    # --- the modem ---

    def plug_in(self) -> None:
        """Start the simulator; return once the port is there."""
        command = [*_GATEWAYD, "simulate", "--link", str(self.link), "--ledger", str(self.ledger)]
        command += ["--latency", str(self.phone.latency)]
        for error in self.phone.errors:
            command += ["--error", error]
        with (self.directory / "simulator.log").open("ab") as log:
            self._simulator = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self.link.exists, "the simulated modem")

    def pull_out(self, seconds: float) -> float:
        """Pull the modem's plug for that long; return the moment (CLOCK_MONOTONIC) at which the port was back."""
        assert self._simulator is not None  # noqa: S101 - the caller's mistake
        self._simulator.send_signal(signal.SIGUSR1)
        wait_for(lambda: not self.link.is_symlink(), "the port's end")
        time.sleep(seconds)
        self._simulator.send_signal(signal.SIGUSR2)
        wait_for(self.link.is_symlink, "the port's return", step=0.0005)
        return time.monotonic()

    def entries(self) -> list[Entry]:
        """The ledger: what the network took and refused, oldest first."""
        return read(self.ledger)

    def wait_for_entries(self, count: int, *, seconds: float = 60.0, step: float = 0.02) -> list[Entry]:
        """The ledger once it has that many lines. Raises TooSlow."""
        wait_for(lambda: _lines(self.ledger) >= count, f"{count} submits", seconds=seconds, step=step)
        return self.entries()

    # --- the daemon ---

    @property
    def pid(self) -> int:
        """The running daemon's process."""
        assert self._daemon is not None  # noqa: S101 - the caller's mistake
        return self._daemon.pid

    def start(self) -> float:
        """Start the daemon, without waiting for it; return the moment (CLOCK_MONOTONIC) before that."""
        with self.log.open("ab") as log:
            began = time.monotonic()
            self._daemon = subprocess.Popen([*_GATEWAYD, "serve", "--config", self.config], stderr=log)
        return began

    def serve(self, *, ready: bool) -> None:
        """Start the daemon and wait until it answers or, with ``ready``, until its modem may send."""
        self.start()
        wait_for(self._listens, "the daemon's port", seconds=30)
        if ready:
            wait_for(self._may_send, "the modem", seconds=30)

    def _listens(self) -> bool:
        if self._daemon is not None and self._daemon.poll() is not None:
            raise Ended(f"the daemon has ended: {self.log.read_text()[-2000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(self.address) == 0

    def _may_send(self) -> bool:
        probe = http.client.HTTPConnection(*self.address, timeout=10)
        try:
            probe.request("GET", "/readyz")
            return probe.getresponse().status == 200
        finally:
            probe.close()

    def token(self, *scopes: str, name: str = "bench") -> str:
        """A token of that client, made anew; without ``scopes`` it may send and read."""
        command = [*_GATEWAYD, "token", "create", "--config", str(self.config), "--name", name]
        for scope in scopes or ("send", "read"):
            command += ["--scope", scope]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def client(self, token: str) -> Client:
        """Somebody who calls the daemon."""
        return Client(self.address, token)

    def stop(self) -> None:
        """Let the daemon end in good order."""
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(60)
            self._daemon = None

    def close(self) -> None:
        """End both processes."""
        try:
            self.stop()
        finally:
            if self._simulator is not None:
                self._simulator.terminate()
                self._simulator.wait(10)


@contextmanager
def rigged(
    directory: Path, phone: Phone | None = None, *, database: Path | None = None, more: str = ""
) -> Iterator[Rig]:
    """A rig of which nothing is left running."""
    rig = Rig(directory, phone or Phone(), database, more)
    try:
        yield rig
    finally:
        rig.close()


def _lines(path: Path) -> int:
    """Whole lines in a file; 0 where there is none. Cheap enough to be asked often."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return 0
    with os.fdopen(descriptor, "rb") as file:
        return file.read().count(b"\n")
