"""An idle gateway: from the HTTP request for a message to the byte that submits it.

The request's moment is taken in this process before it is written, the byte's by the simulator when it has read it:
both on CLOCK_MONOTONIC, which all processes share.
"""

from __future__ import annotations

import statistics

from bench.client import number
from bench.line import Line, judged, percentile
from bench.rig import rigged
from bench.setting import Setting


def measure(setting: Setting) -> list[Line]:
    """One message after the other, each to a gateway that has nothing else to do."""
    count = setting.rounds(200, 40)
    begun: list[float] = []
    with rigged(setting.directory / "latency") as rig:
        rig.plug_in()
        token = rig.token()
        rig.serve(ready=True)
        with rig.client(token) as client:
            for index in range(count):
                begun.append(client.send(number(index), "The line is up again."))
                rig.wait_for_entries(index + 1, step=0.02)
        entries = rig.entries()
    taken = [1000 * (entry.monotonic - began) for entry, began in zip(entries, begun, strict=True)]
    remark = f"p99 {percentile(taken, 0.99):.1f} ms, {count} messages"
    return [
        judged(
            "enqueue on an idle gateway → Ctrl-Z, median",
            statistics.median(taken),
            "ms",
            most=15,
            peer="1.2 s / 1.0 s",
            remark=remark,
        )
    ]
