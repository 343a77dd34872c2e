"""One directory, one simulated modem in a process of its own, and a daemon that is killed again and again."""

from __future__ import annotations

import itertools
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

import httpx2

from tests.campaigns.tracing import TRACEABLE
from tests.campaigns.verdict import Figures, judge
from tests.e2e.gateway import COMMAND, SETTLED, Gateway, Phone, eventually, modem, stop_all

#: Seconds that the simulated network takes for a part.
LATENCY = 0.05
#: What one client sends in a round, one request each: texts, to numbers of their own. A list is one array.
Scenario = tuple[str | list[str], ...]
#: Threatens a running daemon as long as it is open.
Cut = Callable[["Life"], AbstractContextManager[None]]


class Life:
    """See the top of this file. ``command`` is how the daemon is called."""

    def __init__(self, directory: Path, command: tuple[str, ...] = COMMAND) -> None:
        self.phone = Phone(directory, "phone", "--latency", str(LATENCY))
        self._gateway = Gateway(directory, modems=modem("phone", self.phone.port))
        self._gateway.command = command
        self.kills = 0
        """How often the daemon was killed."""
        self._rounds = 0
        self._answered: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        stop_all([self._gateway], [self.phone])

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The daemon, running or killed."""
        assert self._gateway.process is not None
        return self._gateway.process

    @property
    def figures(self) -> Figures:
        """What has happened so far."""
        messages = self._settled()
        held = sum(message["state"] == "in_doubt" for message in messages)
        return Figures(self.kills, len(messages), len(self.phone.accepted), held)

    def start(self) -> None:
        """Start the daemon, and return once it can send."""
        self._gateway.start(*TRACEABLE)
        try:
            eventually(self._ready, "the modem is ready")
        except AssertionError as late:
            raise AssertionError(f"{late}; what it said last: {self._gateway.log[-5:]}") from None

    def _ready(self) -> bool:
        return any(line["state"] == "ready" for line in self._gateway.logged("modem.state"))

    def round(self, scenario: Scenario, cut: Cut) -> bool:
        """Send ``scenario`` while ``cut`` threatens; put things right and judge. Return whether the daemon was killed.

        Raises ``verdict.Violation``.
        """
        with cut(self):
            self._send(scenario)
            killed = not self._survives()
        if killed:
            self.bury()
            self.start()
        self._judge()
        return killed

    def first_start(self, prefix: tuple[str, ...], scenario: Scenario) -> bool:
        """Start, send and stop under ``prefix``, which may kill at any moment; then do so again without it, and judge.

        Return whether the daemon was killed. Raises ``verdict.Violation``.
        """
        self._gateway.launch(*prefix)
        eventually(
            lambda: self.process.poll() is not None or self._gateway.logged("gatewayd.ready"), "it is ready"
        )
        if self.process.poll() is None:
            self._send(scenario)
            if self._survives():
                self.process.terminate()
        killed = self.process.wait() == -signal.SIGKILL
        self.kills += killed
        self.start()
        self._send(scenario)
        self._judge()
        return killed

    def stumble(self, seconds: float) -> None:
        """Kill the daemon, start it again, and kill it ``seconds`` later, ready or not. It is down afterwards."""
        self.process.kill()
        self.bury()
        self._gateway.launch()
        time.sleep(seconds)
        self.process.kill()
        self.bury()

    def bury(self) -> None:
        """Wait for the end of a daemon that was killed."""
        self.process.wait()
        self.kills += 1

    def _send(self, scenario: Scenario) -> None:
        self._rounds += 1
        numbers = (f"+346{self._rounds:05}{place:03}" for place in itertools.count())
        try:
            with self._gateway.administrator() as client:
                for request in scenario:
                    texts = request if isinstance(request, list) else [request]
                    bodies = [{"to": next(numbers), "text": text} for text in texts]
                    body = bodies if isinstance(request, list) else bodies[0]
                    if client.post("/v1/messages", json=body).status_code == 202:
                        self._answered |= {each["to"] for each in bodies}
        except httpx2.TransportError:
            return

    def _survives(self) -> bool:
        """True once everything is settled, False once the daemon has been killed."""

        def over() -> bool:
            try:
                return self.process.poll() is not None or not self._waits()
            except httpx2.TransportError:
                return False

        eventually(over, "the round is over")
        return self.process.poll() is None

    def _judge(self) -> None:
        judge(self._settled(), self.phone.accepted, self._answered, self.kills)

    def _settled(self) -> list[dict[str, Any]]:
        eventually(lambda: not self._waits(), "every message is settled")
        return self._gateway.messages()

    def _waits(self) -> bool:
        return any(message["state"] not in SETTLED for message in self._gateway.messages())
