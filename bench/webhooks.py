"""A webhook whose receiver never answers, with 100,000 events before it, beside one that answers.

Blocks with and without the dead one take turns, so that whatever else the machine does strikes both alike.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.client import Client, messages, number
from bench.line import Line, judged, percentile
from bench.process import resident_mib
from bench.rig import Rig, rigged, wait_for
from bench.setting import Setting

_PENDING = 100_000
#: Seconds that a call of the dead one hangs.
_HANG = 1
_ALLOW = f'[webhooks]\nallow = ["127.0.0.1/32"]\ntimeout = {_HANG}\n'
#: Seconds for which deliveries are counted.
_COUNTED = 5
#: Messages of one block.
_BLOCK = 100


class Receiver:
    """Takes everything, and remembers when it was told that a message was accepted."""

    def __init__(self) -> None:
        told: dict[str, float] = {}
        self.told = told

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                payload: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["content-length"])))
                told.setdefault(payload["data"]["id"], time.monotonic())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def _hanging() -> Iterator[str]:
    """The URL of somebody who takes the connection and the request, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def measure(setting: Setting) -> list[Line]:
    """What the dead one costs the other, in time and in memory."""
    receiver = Receiver()
    try:
        with rigged(setting.directory / "webhooks", more=_ALLOW) as rig, _hanging() as dead:
            return _measure(rig, receiver, dead, setting.rounds(10, 3))
    finally:
        receiver.close()


def _measure(rig: Rig, receiver: Receiver, dead: str, rounds: int) -> list[Line]:
    admin, live, crowd = (
        rig.token("admin", name="ops"),
        rig.token("send", "webhooks", name="live"),
        rig.token(),
    )
    rig.serve(ready=False)
    taken: dict[bool, list[float]] = {True: [], False: []}
    with rig.client(admin) as ops, rig.client(live) as client:
        with rig.client(crowd) as many:
            many.send_array(messages(_PENDING))
        client.post("/v1/webhooks", {"url": receiver.url, "events": ["message.queued"]})
        stuck = ops.post("/v1/webhooks", {"url": dead})["id"]
        ops.post(f"/v1/webhooks/{stuck}/disable", {"reason": "not yet"})
        ops.post(f"/v1/webhooks/{stuck}/replay", {"after": 0})
        _block(client, receiver)  # to warm up
        before = resident_mib(rig.pid)
        for _ in range(rounds):
            taken[False] += _block(client, receiver)
            ops.post(f"/v1/webhooks/{stuck}/enable", None)
            time.sleep(0.3 * _HANG)  # its call hangs
            taken[True] += _block(client, receiver)
            after = resident_mib(rig.pid)
            pending = ops.get(f"/v1/webhooks/{stuck}")["pending"]
            ops.post(f"/v1/webhooks/{stuck}/disable", {"reason": "a block without it"})
            time.sleep(1.5 * _HANG)  # its last call ends
        lines = _lines(taken, pending, after - before)
        return [*lines, _rate(ops, receiver)]


def _lines(taken: dict[bool, list[float]], pending: int, more: float) -> list[Line]:
    beside, alone = (1000 * percentile(taken[dead], 0.99) for dead in (True, False))
    remark = (
        f"p99 {beside:.1f} ms against {alone:.1f} ms from request to receiver, {len(taken[True])} of each"
    )
    remark += f", {pending:,} pending at the end"
    return [
        judged(
            f"{_PENDING:,} events before a dead webhook: another one's p99 rises by",
            100 * (beside / alone - 1),
            "%",
            most=10,
            remark=remark,
        ),
        judged("… resident memory rises by", more, "MiB", most=10),
    ]


def _rate(ops: Client, receiver: Receiver) -> Line:
    """How fast one webhook is told of what waits for it."""
    name = ops.post("/v1/webhooks", {"url": receiver.url, "events": ["message.queued"]})["id"]
    ops.post(f"/v1/webhooks/{name}/replay", {"after": 0})
    before, began = len(receiver.told), time.monotonic()
    time.sleep(_COUNTED)
    rate = (len(receiver.told) - before) / (time.monotonic() - began)
    return judged("… one webhook is told, one after the other", rate, "events/s", digits=0)


def _block(client: Client, receiver: Receiver) -> list[float]:
    """Have some messages accepted, one after the other; return the seconds from each request to its receiver."""
    seconds = []
    for index in range(_BLOCK):
        began = time.monotonic()
        name = client.post("/v1/messages", {"to": number(index), "text": "Works tonight"})["id"]
        wait_for(partial(receiver.told.__contains__, name), "the webhook's receiver", seconds=10, step=0.0005)
        seconds.append(receiver.told[name] - began)
    return seconds
