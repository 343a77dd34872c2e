"""Resident memory: idle, and with a million messages queued. Both after some messages were sent."""

from __future__ import annotations

import time

from bench import big
from bench.client import messages
from bench.line import Line, judged
from bench.process import resident_mib
from bench.rig import Phone, Rig, rigged
from bench.setting import Setting

_SENT = 50
_PHONE = Phone(latency=0.05)


def measure_idle(setting: Setting) -> list[Line]:
    """With nothing queued any more."""
    return [
        judged(
            "resident memory, idle",
            _idle(setting),
            "MiB",
            most=110,
            peer="11–27 MiB",
            remark=f"after {_SENT} messages",
        )
    ]


def measure_million(setting: Setting) -> list[Line]:
    """What a million queued add, in the same run."""
    idle = _idle(setting)
    stock = big.queued(setting)
    with rigged(setting.directory / "memory-big", _PHONE, database=stock.database) as rig:
        rig.plug_in()
        rig.serve(ready=True)
        full = _settled(rig)
    return [
        judged(
            "… with 1,000,000 queued: more",
            full - idle,
            "MiB",
            most=10,
            peer="46 MiB with 10,000",
            remark=f"{full:.1f} MiB in all",
        )
    ]


def _idle(setting: Setting) -> float:
    with rigged(setting.directory / f"memory-{time.monotonic_ns()}", _PHONE) as rig:
        rig.plug_in()
        token = rig.token()
        rig.serve(ready=True)
        with rig.client(token) as client:
            client.send_array(messages(_SENT))
        return _settled(rig)


def _settled(rig: Rig) -> float:
    rig.wait_for_entries(_SENT)
    time.sleep(1)
    return resident_mib(rig.pid)
