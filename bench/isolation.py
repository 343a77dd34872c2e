"""Three numbers that always fail (+CMS ERROR: 1, unassigned number) in front of five good messages.

Rounds with and without the bad ones take turns, so that whatever else the machine does strikes both alike.
"""

from __future__ import annotations

from bench.client import Client, number
from bench.line import Line, judged, percentile
from bench.rig import Phone, Rig, rigged
from bench.setting import Setting

_BAD = tuple(number(9_000_000 + index) for index in range(3))
_GOOD = 5


def measure(setting: Setting) -> list[Line]:
    """How many of the good ones are sent, and how much later than alone."""
    rounds = setting.rounds(100, 20)
    taken: dict[bool, list[float]] = {True: [], False: []}
    with rigged(setting.directory / "isolation", Phone(errors=[f"1@{bad}" for bad in _BAD])) as rig:
        rig.plug_in()
        token = rig.token()
        rig.serve(ready=True)
        with rig.client(token) as client:
            for index in range(rounds):
                for bad in (True, False):
                    taken[bad] += _round(rig, client, 2 * index + bad, bad=bad)
        sent = sum(entry.event == "accepted" for entry in rig.entries())
    share = sent / (2 * rounds)
    delay = 1000 * (percentile(taken[True], 0.99) - percentile(taken[False], 0.99))
    remark = (
        f"p99 {1000 * percentile(taken[True], 0.99):.1f} ms against {1000 * percentile(taken[False], 0.99):.1f} ms"
        f" from request to Ctrl-Z, {rounds} rounds of each"
    )
    peer = "0 of 5 … 5 in 15 s"
    return [
        judged("3 bad numbers, then 5 good: good ones sent", share, "of 5", least=5, peer=peer),
        judged("… their p99 later than without the bad ones", delay, "ms", most=10, remark=remark),
    ]


def _round(rig: Rig, client: Client, index: int, *, bad: bool) -> list[float]:
    """Send one lot; return the seconds from each good one's request to its 0x1A."""
    before = len(rig.entries())
    wrong = _BAD if bad else ()
    for to in wrong:
        client.send(to, f"To nobody, {index}.")
    begun = {
        to: client.send(to, f"To somebody, {index}.")
        for to in (number(_GOOD * index + place) for place in range(_GOOD))
    }
    entries = rig.wait_for_entries(before + len(wrong) + _GOOD, seconds=15, step=0.01)[before:]
    return [entry.monotonic - begun[entry.to] for entry in entries if entry.to in begun]
