"""A load generator for HTTP/1.1 on this machine: raw sockets, one request in flight on each connection.

Python's HTTP clients cost more than the server under test. This one sends bytes that were prepared beforehand and
reads answers that have a Content-Length.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat


@dataclass
class Outcome:
    """What came of a run."""

    seconds: float
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    """Seconds from the first byte sent to the last one received, in no order."""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds that ``share`` (0 to 1) of the answers took at most."""
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def request(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method == "POST":
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(
    address: tuple[str, int],
    requests: Callable[[int], Iterator[bytes]] | bytes,
    *,
    connections: int = 4,
    seconds: float = 5.0,
) -> Outcome:
    """Send as fast as the server answers, for ``seconds``.

    Args:
        address: of the server.
        requests: one request, sent over and over, or a function from a connection's number to its requests.
        connections: how many, each kept alive and served by its own thread.
        seconds: how long.

    Raises:
        ConnectionError: the server closed a connection.
    """
    source = requests if callable(requests) else lambda _number: repeat(requests)
    failures: list[BaseException] = []
    outcomes = [Outcome(seconds) for _ in range(connections)]
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        try:
            _client(address, source(number), end, outcomes[number])
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    statuses: Counter[int] = sum((outcome.statuses for outcome in outcomes), Counter())
    return Outcome(seconds, statuses, [latency for outcome in outcomes for latency in outcome.latencies])


def _client(address: tuple[str, int], requests: Iterator[bytes], end: float, outcome: Outcome) -> None:
    with socket.create_connection(address, timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data in requests:
            begin = time.monotonic()
            if begin >= end:
                return
            connection.sendall(data)
            outcome.statuses[_read_answer(connection)] += 1
            outcome.latencies.append(time.monotonic() - begin)


def _read_answer(connection: socket.socket) -> int:
    """Read one answer; return its status."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _receive(connection)
    head = data[:end].lower()
    _, _, rest = head.partition(b"content-length:")
    missing = int(rest.split(b"\r\n", 1)[0] or 0) - (len(data) - end - 4)
    while missing > 0:
        missing -= len(_receive(connection))
    return int(head[9:12])


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data
