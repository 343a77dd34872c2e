"""A managed batch of 100,000 rows: how long its check takes, and what the API and the modem's pace feel of it.

Meanwhile a modem sends a message a second, and somebody submits single messages.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from bench.client import Client, messages, number
from bench.line import Line, judged, percentile
from bench.pace import gaps, stamps
from bench.rig import Phone, Rig, rigged, wait_for
from bench.setting import Setting

_INTERVAL = 1.0
_MORE = "[batches]\napproval_above = 1000000\n"
_FIELDS = {"name": "bench", "text": "Dear {{ name }}, your bill of {{ amount }} euros is due on {{ day }}."}
#: Seconds between two single messages.
_BETWEEN = 0.02


def measure(setting: Setting) -> list[Line]:
    """Hand it in, have it checked, approve it, and wait until every row is a message."""
    rows = setting.rounds(100_000, 20_000)
    with rigged(setting.directory / "batches", Phone(0.2, _INTERVAL), more=_MORE) as rig:
        rig.plug_in()
        token = rig.token()
        rig.serve(ready=True)
        with rig.client(token) as client:
            # What the modem is busy with all the while: of a higher priority than the batch.
            client.send_array(messages(1_000))
            before = len(rig.wait_for_entries(3))
            with _submitting(rig, token) as taken:
                began = time.monotonic()
                batch = client.post_csv(f"/v1/batches?{urlencode(_FIELDS)}", _file(rows))["id"]
                uploaded = time.monotonic()
                _wait(client, batch, lambda seen: seen["state"] == "checked")
                checked = time.monotonic()
                client.post(f"/v1/batches/{batch}/approve", {})
                _wait(client, batch, lambda seen: seen["submitted"] == rows)
                accepted = time.monotonic()
            after = len(rig.wait_for_entries(len(rig.entries()) + 1, step=0.2))
        rig.stop()
        excess = [1000 * (gap - _INTERVAL) for gap in gaps(stamps(rig)[before - 1 : after])]
    return _lines(rows, uploaded - began, checked - uploaded, accepted - checked, taken, excess)


def _lines(
    rows: int, upload: float, check: float, accept: float, taken: list[float], excess: list[float]
) -> list[Line]:
    p99 = 1000 * percentile(taken, 0.99)
    remark = (
        f"n={len(taken)}, median {1000 * statistics.median(taken):.1f} ms, max {1000 * max(taken):.0f} ms"
    )
    return [
        judged(
            f"managed batch of {rows:,} rows: check",
            check,
            "s",
            most=10 * rows / 100_000,
            remark=f"after {upload:.1f} s of upload; {accept:.1f} s more until every row is a message",
        ),
        judged("… p99 of a single accept meanwhile", p99, "ms", most=100, remark=remark),
        judged(
            "… the pace's p99 excess at 1 s meanwhile",
            percentile(excess, 0.99),
            "ms",
            most=10,
            digits=2,
            remark=f"{len(excess)} gaps, shortest {1 + min(excess) / 1000:.4f} s",
        ),
    ]


def _file(rows: int) -> bytes:
    lines = (f"{number(index)},Customer {index},{index % 900}.50,2026-12-31\n" for index in range(rows))
    return ("to,name,amount,day\n" + "".join(lines)).encode()


def _wait(client: Client, batch: str, reached: Callable[[dict[str, Any]], bool]) -> None:
    wait_for(
        lambda: reached(client.get(f"/v1/batches/{batch}")),
        "the batch",
        seconds=300,
        step=0.1,
    )


@contextmanager
def _submitting(rig: Rig, token: str) -> Iterator[list[float]]:
    """Submit single messages during the block; the list holds the seconds that each took."""
    taken: list[float] = []
    over = threading.Event()

    def submit() -> None:
        with rig.client(token) as client:
            index = 0
            while not over.wait(_BETWEEN):
                began = client.send(number(5_000_000 + index), "One of many.", priority="bulk")
                taken.append(time.monotonic() - began)
                index += 1

    thread = threading.Thread(target=submit)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()
