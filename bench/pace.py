"""The pace at its default of 7 s: our own stamps at 0x1A, and when the modem read the byte."""

from __future__ import annotations

import json
import statistics
from itertools import pairwise

from bench.client import messages
from bench.line import Line, judged
from bench.rig import Phone, Rig, rigged
from bench.setting import Setting

_INTERVAL = 7.0


def measure(setting: Setting) -> list[Line]:
    """Gaps between the submits of a waiting batch."""
    count = setting.rounds(10, 3)
    with rigged(setting.directory / "pace", Phone(latency=0.5, interval=_INTERVAL)) as rig:
        rig.plug_in()
        token = rig.token()
        rig.serve(ready=True)
        with rig.client(token) as client:
            client.send_array(messages(count))
        entries = rig.wait_for_entries(count, seconds=30 + count * _INTERVAL, step=0.2)
        rig.stop()
        ours = gaps(stamps(rig))
    theirs = gaps([entry.monotonic for entry in entries])
    excess = 1000 * (statistics.median(ours) - _INTERVAL)
    remark = f"{len(ours)} gaps"
    what = "pace at 7 s: "
    return [
        judged(f"{what}shortest gap at 0x1A", min(ours), "s", least=_INTERVAL, digits=4, remark=remark),
        judged(f"{what}median excess", excess, "ms", most=10, digits=2, remark=remark),
        judged(f"{what}shortest gap in the ledger", min(theirs), "s", least=6.99, digits=4, remark=remark),
    ]


def gaps(moments: list[float]) -> list[float]:
    """The seconds between each two that follow each other."""
    return [later - earlier for earlier, later in pairwise(moments)]


def stamps(rig: Rig) -> list[float]:
    """When the daemon wrote each 0x1A, from its log: seconds on its monotonic clock."""
    records = map(json.loads, rig.log.read_text().splitlines())
    return [record["ctrl_z"] for record in records if record["event"] == "message.submit"]
