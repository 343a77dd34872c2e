"""How much of its time the modem works: the sum of its latencies, by the wall from the first 0x1A to the last answer.

What is missing to 100 % is the gateway's: writing the outcome down, claiming and arming the next, the dialogue up to
the next 0x1A; and what the simulator's own timer is late by.
"""

from __future__ import annotations

from bench.client import messages
from bench.line import Line, judged
from bench.rig import Phone, rigged
from bench.setting import Setting
from gatewayd.modem.simulator.ledger import Entry


def measure_slow(setting: Setting) -> list[Line]:
    """At 2 s a submit."""
    share = _share(setting, 2.0, setting.rounds(14, 4))
    return [judged("modem busy at 2 s a submit", share, "%", least=99.5, peer="85 % / 91 %", digits=2)]


def measure_fast(setting: Setting) -> list[Line]:
    """At 0.05 s a submit."""
    share = _share(setting, 0.05, setting.rounds(200, 60))
    return [judged("modem busy at 0.05 s a submit", share, "%", least=92, peer="10 % / 20 %", digits=1)]


def measure_rate(setting: Setting) -> list[Line]:
    """As fast as it goes."""
    entries = _sent(setting, 0.0, setting.rounds(3000, 800))
    rate = (len(entries) - 1) / (entries[-1].monotonic - entries[0].monotonic)
    return [judged("submits/s at 0 s, one modem", rate, "/s", least=250, peer="2.0 / 4.9", digits=0)]


def _share(setting: Setting, latency: float, count: int) -> float:
    entries = _sent(setting, latency, count)
    # The last answer came one latency after its 0x1A.
    wall = entries[-1].monotonic - entries[0].monotonic + latency
    return 100 * latency * len(entries) / wall


def _sent(setting: Setting, latency: float, count: int) -> list[Entry]:
    with rigged(setting.directory / f"busy-{latency:g}", Phone(latency=latency)) as rig:
        rig.plug_in()
        token = rig.token()
        rig.serve(ready=True)
        with rig.client(token) as client:
            client.send_array(messages(count))
        return rig.wait_for_entries(count, seconds=60 + 2 * count * latency, step=0.1)
