"""CPU time for the whole path: each message by a request of its own over HTTP, and out through the modem."""

from __future__ import annotations

from bench.client import number
from bench.line import Line, judged
from bench.process import cpu_seconds
from bench.rig import rigged
from bench.setting import Setting


def measure(setting: Setting) -> list[Line]:
    """User and system time of the daemon, from a start that is over to the last message's outcome."""
    count = setting.rounds(2000, 500)
    with rigged(setting.directory / "cpu") as rig:
        rig.plug_in()
        token = rig.token()
        rig.serve(ready=True)
        with rig.client(token) as client:
            client.send(number(0), "The first of all warms up.")
            rig.wait_for_entries(1)
            before = cpu_seconds(rig.pid)
            for index in range(count):
                client.send(number(index), f"The line is up again, ticket {index}.")
            rig.wait_for_entries(count + 1)
            used = 1000 * (cpu_seconds(rig.pid) - before) / count
    return [
        judged(
            "CPU s per 1,000 messages, HTTP in, modem out",
            used,
            "s",
            most=4,
            peer="0.6 (C, no database) … 7",
            digits=2,
            remark=f"{count:,} messages",
        )
    ]
