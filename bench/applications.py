"""Accepting from four applications with everything on: tokens with networks, limits in parts, money and requests, a
full audit of what is charged, a webhook whose receiver is slow, and a modem that sends meanwhile.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from bench import load
from bench.accept import empty, rate
from bench.client import number
from bench.line import Line, judged, percentile
from bench.rig import Phone, Rig, rigged
from bench.setting import Setting

_APPLICATIONS = 4
_TURN = 2.0
"""Seconds for which one server is asked before the next."""
_CONFIGURATION = """\
[clients]
requests_per_minute = 1_000_000
[prices]
default = 0.08
countries = { ES = 0.045, PT = 0.06 }
prefixes = { "+34699" = 0.03 }
[quotas.recipient]
hour = 5
day = 10
[webhooks]
allow = ["127.0.0.1/32"]
"""
_LIMITS: dict[str, Any] = {
    "parts_per_minute": 100_000,
    "parts_per_hour": 1_000_000,
    "parts_per_day": 10_000_000,
    "money_per_month": 1_000_000,
    "queue_cap": 10_000_000,
    "countries": ["ES", "PT"],
    "priority": "high",
    "in_doubt": "hold",
}


def measure(setting: Setting) -> list[Line]:
    """The rate as a share of an empty handler's in the same run, and the slowest answers."""
    asked = load.request("POST", "/", b'{"to": "+34600000001", "text": "x"}')
    empties: list[float] = []
    rates: list[float] = []
    latencies: list[float] = []
    with (
        rigged(setting.directory / "applications", Phone(latency=2.0), more=_CONFIGURATION) as rig,
        empty("hypercorn") as handler,
        _slow_receiver() as url,
    ):
        rig.plug_in()
        tokens = [rig.token("send", "read", "webhooks", name=f"app{i}") for i in range(_APPLICATIONS)]
        admin = rig.token("admin", name="ops")
        rig.serve(ready=True)
        _limit(rig, admin)
        with rig.client(tokens[0]) as first:
            first.post("/v1/webhooks", {"url": url})
        for turn in range(setting.rounds(5, 2)):
            empties.append(rate(handler, asked, 202))
            outcome = _accept(rig, tokens, turn)
            rates.append(outcome.rate)
            latencies += outcome.latencies
        sent = len(rig.entries())
    share = statistics.median(100 * ours / theirs for ours, theirs in zip(rates, empties, strict=True))
    remark = f"{statistics.median(rates):,.0f}/s of {statistics.median(empties):,.0f}/s; {sent} parts left meanwhile"
    return [
        judged(
            f"accepts/s of {_APPLICATIONS} applications with limits, money and a slow webhook, by an empty handler's",
            share,
            "%",
            least=40,
            remark=remark,
        ),
        judged(
            "… p99",
            1000 * percentile(latencies, 0.99),
            "ms",
            most=30,
            remark=f"n={len(latencies):,}, max {1000 * max(latencies):.0f} ms",
        ),
    ]


def _limit(rig: Rig, admin: str) -> None:
    headers = rig.client(admin).headers
    body = json.dumps({"limits": _LIMITS}).encode()
    patches = [load.request("PATCH", f"/v1/clients/app{i}", body, headers) for i in range(_APPLICATIONS)]
    outcome = load.run(rig.address, lambda _: iter(patches), connections=1, seconds=60)
    if outcome.statuses[200] != _APPLICATIONS:
        raise ConnectionError(f"limits are answered with status {set(outcome.statuses)}")


def _accept(rig: Rig, tokens: list[str], turn: int) -> load.Outcome:
    def requests(connection: int) -> Iterator[bytes]:
        headers = rig.client(tokens[connection]).headers
        for index in count(1_000_000 * (_APPLICATIONS * turn + connection)):
            body = json.dumps({"to": number(index), "text": f"The line is up again, ticket {index}."})
            yield load.request("POST", "/v1/messages", body.encode(), headers)

    outcome = load.run(rig.address, requests, connections=_APPLICATIONS, seconds=_TURN)
    if set(outcome.statuses) != {202}:
        raise ConnectionError(f"answers with status {set(outcome.statuses)}")
    return outcome


@contextmanager
def _slow_receiver() -> Iterator[str]:
    """The URL of somebody who takes each call, and a second for it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            time.sleep(1)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
