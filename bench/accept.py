"""Accepting over HTTP, each message on disk before its answer. The modem is unplugged: nothing else goes on."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from bench import load
from bench.client import messages, number
from bench.line import Line, judged, percentile
from bench.probe import probing
from bench.rig import Rig, free_port, rigged, wait_for
from bench.setting import Setting

_CONNECTIONS = 4
_TURN = 2.0
"""Seconds for which one server is asked before the next."""


def measure_single(setting: Setting) -> list[Line]:
    """One message a request, as a share of what an empty handler answers; the servers take turns."""
    shares: dict[str, list[float]] = {"hypercorn": [], "gatewayd": []}
    rates: dict[str, list[float]] = {"hypercorn": [], "gatewayd": [], "accepts": []}
    asked = load.request("POST", "/", b'{"to": "+34600000001", "text": "x"}')
    with (
        rigged(setting.directory / "accept") as rig,
        empty("hypercorn") as theirs,
        empty("gatewayd") as own,
    ):
        token = rig.token()
        rig.serve(ready=False)
        for turn in range(setting.rounds(5, 2)):
            rates["hypercorn"].append(rate(theirs, asked, 200, 202))
            rates["gatewayd"].append(rate(own, asked, 200, 202))
            rates["accepts"].append(_accepts(rig, token, turn))
            for server, share in shares.items():
                share.append(100 * rates["accepts"][-1] / rates[server][-1])
    median = {name: statistics.median(values) for name, values in rates.items()}
    what = f"accepts/s, one message a request, {_CONNECTIONS} connections"
    peer = "2,250 files with fsync, 855 SQLite commits"
    return [
        judged(what, median["accepts"], "/s", digits=0, peer=peer),
        judged(
            "… as a share of an empty handler under hypercorn's own worker",
            statistics.median(shares["hypercorn"]),
            "%",
            least=45,
            remark=f"which answers {median['hypercorn']:,.0f}/s",
        ),
        judged(
            "… as a share of an empty handler under gatewayd's server",
            statistics.median(shares["gatewayd"]),
            "%",
            remark=f"which answers {median['gatewayd']:,.0f}/s",
        ),
    ]


def measure_arrays(setting: Setting) -> list[Line]:
    """Arrays of 10,000, one after the other, while another connection watches the event loop."""
    arrays = setting.rounds(20, 5)
    with rigged(setting.directory / "arrays") as rig:
        token = rig.token()
        rig.serve(ready=False)
        headers = rig.client(token).headers
        prepared = [
            load.request(
                "POST", "/v1/messages", json.dumps(list(messages(10_000, 10_000 * index))).encode(), headers
            )
            for index in range(arrays)
        ]
        with probing(rig.address[1]) as idle:
            time.sleep(2)
        with probing(rig.address[1]) as busy:
            began = time.monotonic()
            outcome = load.run(rig.address, lambda _: iter(prepared), connections=1, seconds=600)
            rate = 10_000 * outcome.statuses[202] / (time.monotonic() - began)
    remark = (
        f"p99 of /healthz on another connection, n={len(busy)}, max {1000 * max(busy):.1f} ms;"
        f" idle p99 {1000 * percentile(idle, 0.99):.1f} ms"
    )
    lag = 1000 * percentile(busy, 0.99)
    return [
        judged(
            "accepts/s by arrays of 10,000",
            rate,
            "messages/s",
            least=15_000,
            digits=0,
            peer="–",
            remark=f"{10_000 * arrays:,} messages",
        ),
        judged("… event loop lag meanwhile, p99, seen from outside", lag, "ms", most=20, remark=remark),
    ]


@contextmanager
def empty(server: str) -> Iterator[tuple[str, int]]:
    """A server whose only handler does nothing; its address."""
    address = ("127.0.0.1", free_port())
    process = subprocess.Popen([sys.executable, "-m", "bench.empty", server, str(address[1])])
    try:
        wait_for(lambda: _answers(address), f"the empty {server}")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _answers(address: tuple[str, int]) -> bool:
    try:
        return bool(load.run(address, load.request("POST", "/"), connections=1, seconds=0.01).statuses)
    except ConnectionError:
        return False


def rate(address: tuple[str, int], asked: bytes, *expected: int) -> float:
    """Answers per second of the server at ``address``. Raises ConnectionError for another status than ``expected``."""
    outcome = load.run(address, asked, connections=_CONNECTIONS, seconds=_TURN)
    if wrong := set(outcome.statuses) - set(expected):
        raise ConnectionError(f"answers with status {wrong}")
    return outcome.rate


def _accepts(rig: Rig, token: str, turn: int) -> float:
    headers = rig.client(token).headers

    def requests(connection: int) -> Iterator[bytes]:
        for index in count(1_000_000 * (_CONNECTIONS * turn + connection)):
            body = json.dumps({"to": number(index), "text": f"The line is up again, ticket {index}."})
            yield load.request("POST", "/v1/messages", body.encode(), headers)

    outcome = load.run(rig.address, requests, connections=_CONNECTIONS, seconds=_TURN)
    if set(outcome.statuses) != {202}:
        raise ConnectionError(f"answers with status {set(outcome.statuses)}")
    return outcome.rate
