"""Looking at a history of a million messages over HTTP, one request after the other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from urllib.parse import quote

from bench import big, load
from bench.client import Client, number
from bench.line import Line, judged, percentile
from bench.rig import rigged
from bench.setting import Setting

_REQUESTS = 1_000
_WARM = 20
"""Requests before those that count."""


def measure(setting: Setting) -> list[Line]:
    """Pages of 100 (all, by status, by state, of a day, deep into the past by cursor), and all of one recipient."""
    stock = big.history(setting)
    with rigged(setting.directory / "history", database=stock.database) as rig:
        rig.serve(ready=False)
        with rig.client(stock.token) as client:
            pages = _pages(client)
            recipients = [f"/v1/messages?recipient={quote(to)}" for to in _recipients()]
            found = client.get(recipients[1])["messages"]
        page, search = (_p99(rig.address, client, paths) for paths in (pages, recipients))
    remark = f"{_REQUESTS} requests, {len(pages)} different"
    return [
        judged("history page at 1,000,000 rows, p99", page, "ms", most=20, remark=remark),
        judged(
            "search by recipient at 1,000,000 rows, p99",
            search,
            "ms",
            most=20,
            remark=f"{_REQUESTS} requests, most find {len(found)}, one in ten finds a full page",
        ),
    ]


def _pages(client: Client) -> list[str]:
    now = datetime.now(UTC)
    paths = [
        "/v1/messages",
        "/v1/messages?status=sent",
        "/v1/messages?status=not_sent",
        "/v1/messages?state=failed",
        "/v1/messages?state=queued",
    ]
    for days in range(10, 360, 50):
        day = (now - timedelta(days=days)).date()
        paths.append(f"/v1/messages?since={day}&until={day}")
        until = f"/v1/messages?status=sent&until={day}"
        paths.append(f"{until}&cursor={quote(client.get(until)['next'])}")
    return paths


def _recipients() -> Iterator[str]:
    """Mostly those who got some messages, and now and then the one who got thousands."""
    chosen = random.Random(7)  # noqa: S311 - the same in each run
    for index in range(200):
        yield number(0 if index % 10 == 0 else chosen.randrange(1, 100_000))


def _p99(address: tuple[str, int], client: Client, paths: list[str]) -> float:
    """In milliseconds."""
    headers = {"authorization": client.headers["authorization"]}
    asked = [load.request("GET", path, headers=headers) for path in paths]

    def requests(_connection: int) -> Iterator[bytes]:
        return islice(cycle(asked), _WARM + _REQUESTS)

    outcome = load.run(address, requests, connections=1, seconds=600)
    if set(outcome.statuses) != {200}:
        raise ConnectionError(f"answers with status {set(outcome.statuses)}")
    return 1000 * percentile(outcome.latencies[_WARM:], 0.99)
