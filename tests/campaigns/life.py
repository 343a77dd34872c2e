"""A simulated modem in a process of its own, and a daemon that is killed again and again."""

from __future__ import annotations

import enum
import itertools
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Self

import httpx2

from tests.campaigns.forking import Forked, Forks
from tests.campaigns.verdict import Figures, judge
from tests.e2e.gateway import PATIENCE, Gateway, Phone, Process, eventually, modem, spawn, stop_all

#: Seconds that the simulated network takes for a part.
_LATENCY = 0.01
#: So that the modem isn't watched for 10 s, after each kill, for an answer to the submit before it.
_QUICK = "submit_timeout = 1"
#: What one client sends, one request each: texts, to numbers of their own. A list is one array.
Scenario = tuple[str | list[str], ...]
#: One part, two, and two messages that are accepted together.
GOLDEN: Scenario = ("first", "second: " + "olá " * 20, ["in an array", "in the same array"])
_ALONE: Scenario = ("alone",)
_WAITING = ("queued", "sending")
#: Threatens a daemon as long as it is open.
Cut = Callable[["Life"], AbstractContextManager[None]]


class Stage(enum.StrEnum):
    """What a daemon is at when it is killed."""

    FIRST_START = "first-start"
    """It starts in an empty directory: schema, reserve, key."""
    SENDING = "sending"
    """A client submits the golden scenario, and it is sent."""
    RESTART = "restart"
    """It starts after a kill in the middle of that."""
    STOPPING = "stopping"
    """SIGTERM, after the golden scenario."""


class Life:
    """See the top of this file.

    ``forks`` says how the daemon comes to be; None: as for any user, from its file. ``interruption`` ends the daemon
    of which a RESTART is the next.
    """

    def __init__(self, directory: Path, forks: Forks | None, interruption: Cut | None = None) -> None:
        self.phone = Phone(directory, "phone", "--latency", str(_LATENCY))
        self.kills = 0
        """How often the daemon was killed."""
        self._directory = directory
        self._spawn = forks or spawn
        self._interruption = interruption
        self._past = Figures()
        self._rounds = 0
        self._numbers = itertools.count()
        self._move()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        stop_all([self._gateway], [self.phone])

    def _move(self) -> None:
        """Leave everything behind but the modem."""
        directory = self._directory / str(self._rounds)
        directory.mkdir()
        self._gateway = Gateway(directory, modems=modem("phone", self.phone.port, _QUICK))
        self._gateway.spawn = self._spawn
        self._answered: set[str] = set()
        self._taken_before, self._kills_before = len(self.phone.accepted), self.kills

    @property
    def process(self) -> Process:
        """The daemon, running or killed."""
        assert self._gateway.process is not None
        return self._gateway.process

    @property
    def database_files(self) -> list[Path]:
        """What the database's thread writes."""
        database = self._gateway.database
        return [Path(f"{database}{end}") for end in ("", "-journal", "-wal", "-shm", ".reserve")]

    @property
    def port_files(self) -> list[Path]:
        """What the first thread writes, but for the log: the modem's port, and a new key."""
        return [self.phone.port.resolve(), Path(f"{self._gateway.database}.key.new")]

    @property
    def figures(self) -> Figures:
        """What has happened so far."""
        messages = self._settled()
        held = sum(message["state"] == "in_doubt" for message in messages)
        kills = self.kills - self._kills_before
        return self._past + Figures(kills, len(messages), len(self._taken), held)

    @property
    def _taken(self) -> list[Any]:
        return self.phone.accepted[self._taken_before :]

    def round(self, stage: Stage, cut: Cut) -> bool:
        """Bring the daemon to ``stage`` and threaten it there; put things right and judge.

        Return whether it was killed. Raises ``verdict.Violation``. Between rounds the daemon runs, ready to send.
        """
        self._rounds += 1
        match stage:
            case Stage.SENDING:
                self._threaten(cut, lambda: self._send(GOLDEN), lambda: not self._waits())
            case Stage.STOPPING:
                self._send(GOLDEN)
                self._settled()
                self._threaten(cut, self.process.terminate, lambda: False)
            case Stage.RESTART:
                assert self._interruption is not None
                self._threaten(self._interruption, lambda: self._send(GOLDEN), lambda: not self._waits())
                assert self._bury()
                self._start_under(cut)
            case Stage.FIRST_START:
                self._past = self.figures
                self._kill()
                self._move()
                self._start_under(cut)
        killed = self._bury()
        if self._gateway.process is None:
            self.start()
        if stage is not Stage.SENDING:
            self._send(_ALONE)
        self._judge()
        return killed

    def start(self) -> None:
        """Start the daemon, and return once it can send."""
        self._start_under(nullcontext)
        if self.process.poll() is not None:
            raise AssertionError(f"it ended by itself; what it said last: {self._gateway.log[-5:]}")

    def stumble(self, seconds: float) -> None:
        """Kill the daemon, start it again, and kill it ``seconds`` later, ready or not. It is down afterwards."""
        self._kill()
        self._gateway.launch()
        time.sleep(seconds)
        self._kill()

    def _kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._gateway.process = None
        self.kills += 1

    def _start_under(self, cut: Cut) -> None:
        self._gateway.launch()
        begin = self.process.release if isinstance(self.process, Forked) else lambda: None
        self._threaten(cut, begin, self._ready)

    def _threaten(self, cut: Cut, begin: Callable[[], object], done: Callable[[], bool]) -> None:
        """Let something begin, and ``cut`` threaten it until it is done or the daemon has died."""

        def over() -> bool:
            try:
                return self.process.poll() is not None or done()
            except httpx2.TransportError:
                return False

        with cut(self):
            begin()
            try:
                eventually(over, "it is done")
            except AssertionError as late:
                raise AssertionError(f"{late}; what it said last: {self._gateway.log[-5:]}") from None

    def _ready(self) -> bool:
        return any(line["state"] == "ready" for line in self._gateway.logged("modem.state"))

    def _bury(self) -> bool:
        """Whether it was killed; one that runs goes on, one that ended is put away."""
        try:
            self._waits()
        except httpx2.TransportError:
            status = self.process.wait(PATIENCE)
            self._gateway.process = None
            if status not in (0, -signal.SIGKILL):
                raise AssertionError(
                    f"it ended with {status}; what it said last: {self._gateway.log[-5:]}"
                ) from None
            self.kills += status != 0
            return status != 0
        return False

    def _send(self, scenario: Scenario) -> None:
        try:
            with self._gateway.administrator() as client:
                for request in scenario:
                    texts = request if isinstance(request, list) else [request]
                    bodies = [{"to": f"+346{next(self._numbers):08}", "text": text} for text in texts]
                    body = bodies if isinstance(request, list) else bodies[0]
                    if client.post("/v1/messages", json=body).status_code == 202:
                        self._answered |= {each["to"] for each in bodies}
        except httpx2.TransportError:
            return

    def _judge(self) -> None:
        judge(self._settled(), self._taken, self._answered, self.kills - self._kills_before)

    def _settled(self) -> list[dict[str, Any]]:
        eventually(lambda: not self._waits(), "every message is settled")
        return self._gateway.messages()

    def _waits(self) -> bool:
        with self._gateway.administrator() as client:
            found = client.get("/v1/messages", params={"state": _WAITING, "limit": 1}).json()
        return bool(found["messages"])
