"""Real processes to test with: a gatewayd, and simulated modems that can be unplugged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

import httpx2

from gatewayd.modem.simulator import Entry, read

T = TypeVar("T")

#: Seconds that anything may take before a test gives up; nothing is measured by it.
PATIENCE = 40.0
COMMAND = (sys.executable, "-m", "gatewayd")
SETTLED = {"sent", "delivered", "undelivered", "failed", "expired", "cancelled", "in_doubt"}


def eventually(look: Callable[[], T], what: str) -> T:
    """Look again and again until there is something to see, and return it."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {PATIENCE:g} s")
        time.sleep(0.02)
    return seen


def gatewayd(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAYD_")}
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=environment,
    )


class Phone:
    """A simulated modem in a process of its own."""

    def __init__(self, directory: Path, name: str, *options: str) -> None:
        self.port = directory / name
        self._ledger = directory / f"{name}.ledger"
        command = [*COMMAND, "simulate", "--link", str(self.port), "--ledger", str(self._ledger), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it says when it is there

    def unplug(self) -> None:
        self._process.send_signal(signal.SIGUSR1)
        eventually(lambda: not self.port.is_symlink(), "the port is gone")

    def plug(self) -> None:
        self._process.send_signal(signal.SIGUSR2)
        eventually(self.port.is_symlink, "the port is back")

    @property
    def entries(self) -> list[Entry]:
        """What its network saw."""
        return read(self._ledger)

    @property
    def accepted(self) -> list[Entry]:
        """What its network took."""
        return [entry for entry in self.entries if entry.event == "accepted"]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Process(Protocol):
    """What a test knows of a running daemon: what ``subprocess.Popen`` has too."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def spawn(command: Sequence[str], log: BinaryIO) -> Process:
    """Run ``command``, which says what it has to say in ``log``."""
    return subprocess.Popen(command, stdout=log, stderr=log)


class Gateway:
    """A directory with a configuration, and the daemon that runs on it, now and then."""

    def __init__(
        self, directory: Path, *, modems: str = "", store: str = "", api: str = "", more: str = ""
    ) -> None:
        self.config = directory / "gatewayd.toml"
        self.database = directory / "gatewayd.db"
        self._log = directory / "gatewayd.log"
        self._began = 0
        self.process: Process | None = None
        self.spawn: Callable[[Sequence[str], BinaryIO], Process] = spawn
        self.config.write_text(
            f'[store]\nurl = "sqlite:///{self.database}"\nreserve_mib = 1\n{store}\n'
            f'[api]\nbind = ["127.0.0.1:0"]\n{api}\n[log]\nformat = "json"\n{more}\n{modems}'
        )

    def start(self, *prefix: str) -> None:
        """Start it, as an argument of the command ``prefix`` where that is given, and return once it listens."""
        self.launch(*prefix)
        eventually(
            lambda: self.logged("gatewayd.ready"), f"gatewayd is ready; its log: {self._log.read_text()}"
        )

    def launch(self, *prefix: str) -> None:
        """Start it without waiting for anything."""
        self._began = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self.process = self.spawn([*prefix, *COMMAND, "serve", "--config", str(self.config)], log)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, return the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        self.process = None
        return status

    @property
    def log(self) -> list[dict[str, Any]]:
        """What the last start has logged so far."""
        with self._log.open("rb") as file:
            file.seek(self._began)
            whole, _, _ = file.read().rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines()]

    def logged(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == event]

    @property
    def address(self) -> str:
        """Where it listens for HTTP."""
        addresses: list[str] = self.logged("http.listening")[0]["addresses"]
        return addresses[0]

    def token(self, client: str, *scopes: str) -> str:
        """A token, made as an operator makes one."""
        wanted = [argument for scope in scopes for argument in ("--scope", scope)]
        made = gatewayd("token", "create", "--config", self.config, "--name", client, *wanted)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    @contextmanager
    def client(self, token: str) -> Iterator[httpx2.Client]:
        """An application with a token."""
        headers = {"authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=f"http://{self.address}", headers=headers, timeout=PATIENCE) as client:
            yield client

    @contextmanager
    def administrator(self) -> Iterator[httpx2.Client]:
        """Whoever may use the Unix socket."""
        # Without certificates: there is no TLS here, and to read them takes longer than any of these requests.
        transport = httpx2.HTTPTransport(uds=f"{self.database}.socket", verify=False)
        with httpx2.Client(base_url="http://gatewayd", transport=transport, timeout=PATIENCE) as client:
            yield client

    def messages(self) -> list[dict[str, Any]]:
        """The whole history."""
        with self.administrator() as client:
            found: list[dict[str, Any]] = client.get("/v1/messages", params={"limit": 1000}).json()[
                "messages"
            ]
        return found

    def wait_until_settled(self) -> list[dict[str, Any]]:
        """The history, once nothing in it waits any more."""

        def settled() -> list[dict[str, Any]]:
            messages = self.messages()
            return messages if all(message["state"] in SETTLED for message in messages) else []

        return eventually(settled, "every message is settled")


def modem(name: str, port: Path, *lines: str) -> str:
    """A ``[[modem]]`` without a pace, and impatient at everything but submits."""
    options = "\n".join(("interval = 0", "command_timeout = 1", *lines))
    return f'[[modem]]\nname = "{name}"\nport = "{port}"\n{options}\n'


Phones = Callable[..., Phone]
Gateways = Callable[..., Gateway]


def stop_all(gateways: Sequence[Gateway], phones: Sequence[Phone]) -> None:
    """End whatever a test left running."""
    for gateway in gateways:
        if gateway.process is not None:
            gateway.process.kill()
            gateway.process.wait()
    for phone in phones:
        phone.close()
