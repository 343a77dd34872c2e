"""From the start of the process to its first 0x1A, with messages waiting.

The modem is there before. Files are in the page cache, as after a restart, not as after a boot.
"""

from __future__ import annotations

import statistics

from bench import big
from bench.client import messages
from bench.line import Line, judged
from bench.rig import Phone, Rig, rigged
from bench.setting import Setting

#: So slow that few are sent before the daemon is stopped again.
_PHONE = Phone(latency=0.5)


def measure_ten_thousand(setting: Setting) -> list[Line]:
    """With 10,000 queued."""
    with rigged(setting.directory / "start", _PHONE) as rig:
        token = rig.token()
        rig.serve(ready=False)
        with rig.client(token) as client:
            client.send_array(messages(10_000))
        rig.stop()
        rig.plug_in()
        return [_line(rig, setting.rounds(5, 2), "10,000", 1.5, "2.05 s / 0.32 s")]


def measure_million(setting: Setting) -> list[Line]:
    """With 1,000,000 queued."""
    stock = big.queued(setting)
    with rigged(setting.directory / "start-big", _PHONE, database=stock.database) as rig:
        rig.plug_in()
        return [_line(rig, 3, "1,000,000", 2, "–")]


def _line(rig: Rig, rounds: int, queued: str, target: float, peer: str) -> Line:
    taken = [_start(rig) for _ in range(rounds)]
    remark = f"median of {rounds}, worst {max(taken):.2f} s"
    what = f"start → first Ctrl-Z, {queued} queued"
    return judged(what, statistics.median(taken), "s", most=target, peer=peer, digits=2, remark=remark)


def _start(rig: Rig) -> float:
    before = len(rig.entries())
    began = rig.start()
    taken = rig.wait_for_entries(before + 1)[before].monotonic - began
    rig.stop()
    return taken
