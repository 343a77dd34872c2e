"""JSON over HTTP to the daemon, on one kept connection."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterable
from typing import Any


class Refused(Exception):
    """The daemon answered with an error."""


class Client:
    """An application with a token. Not for several threads at once."""

    def __init__(self, address: tuple[str, int], token: str) -> None:
        self.address = address
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._connection = http.client.HTTPConnection(*address, timeout=120)

    def __enter__(self) -> Client:
        self._connection.connect()
        # Head and body are written separately: Nagle's algorithm would hold the body back.
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str) -> Any:
        """The answer to a GET. Raises Refused."""
        return self._call("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        """The answer to a POST of ``body`` as JSON. Raises Refused."""
        return self._call("POST", path, json.dumps(body).encode())

    def post_csv(self, path: str, rows: bytes) -> Any:
        """The answer to a POST of CSV. Raises Refused."""
        return self._call("POST", path, rows, "text/csv")

    def send(self, to: str, text: str, **fields: Any) -> float:
        """Have one message accepted; return the moment (CLOCK_MONOTONIC, seconds) before its request was made."""
        began = time.monotonic()
        self.post("/v1/messages", {"to": to, "text": text, **fields})
        return began

    def send_array(self, messages: Iterable[dict[str, Any]]) -> None:
        """Have many accepted by arrays of 10,000. Raises Refused where one of them is not."""
        waiting = list(messages)
        for start in range(0, len(waiting), 10_000):
            answer = self.post("/v1/messages", waiting[start : start + 10_000])
            if answer["rejected"]:
                raise Refused(f"{answer['rejected']} messages of an array were rejected")

    def _call(self, method: str, path: str, body: bytes | None, media_type: str = "application/json") -> Any:
        self._connection.request(method, path, body, self.headers | {"content-type": media_type})
        answer = self._connection.getresponse()
        octets = answer.read()
        if answer.status >= 400:
            raise Refused(f"{method} {path}: {answer.status} {octets[:500]!r}")
        return json.loads(octets)


def number(index: int) -> str:
    """A valid mobile number; there are ten million."""
    return f"+346{10_000_000 + index % 10_000_000:08d}"


def messages(count: int, first: int = 0, recipients: int = 100_000) -> Iterable[dict[str, Any]]:
    """So many short texts, to that many recipients in turn."""
    for index in range(first, first + count):
        yield {"to": number(index % recipients), "text": f"Works tonight from 2:00 to 4:00, no. {index}"}
