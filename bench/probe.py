"""How long the daemon's event loop keeps others waiting, seen from outside: round trips of GET /healthz.

``python -m bench.probe PORT`` asks every 5 ms, on one connection, from a process of its own (so that no load
generator's thread holds it up), until its standard input is closed; then it prints the seconds that each answer
took, as JSON.
A round trip is the loop's lag and the handler's own time, so it is never less than the lag.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.load import request

_GAP = 0.005


@contextmanager
def probing(port: int) -> Iterator[list[float]]:
    """Probe during the block; the list is filled when it ends."""
    taken: list[float] = []
    command = [sys.executable, "-m", "bench.probe", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield taken
        finally:
            output, _ = process.communicate()
            taken += json.loads(output or b"[]")


def main(port: str) -> None:
    """Probe until standard input is closed."""
    asked = request("GET", "/healthz")
    taken: list[float] = []
    with socket.create_connection(("127.0.0.1", int(port)), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not select.select([sys.stdin], [], [], _GAP)[0]:
            began = time.monotonic()
            connection.sendall(asked)
            connection.recv(65536)  # the answer is far smaller than a segment
            taken.append(time.monotonic() - began)
    print(json.dumps(taken))


if __name__ == "__main__":
    main(*sys.argv[1:])
