"""The modem away and back under the same name while a message waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.client import number
from bench.line import Line, judged
from bench.rig import rigged
from bench.setting import Setting

_AWAY = 5.0
"""Seconds that it is gone."""


def measure(setting: Setting) -> list[Line]:
    """From the moment at which the port is there again to the first 0x1A; the worst of all rounds."""
    taken: list[float] = []
    with rigged(setting.directory / "replug") as rig:
        rig.plug_in()
        token = rig.token()
        rig.serve(ready=True)
        with rig.client(token) as client:
            for index in range(setting.rounds(4, 1)):
                client.send(number(2 * index), "Before the modem goes.")
                rig.wait_for_entries(2 * index + 1)
                client.send(number(2 * index + 1), "Waits until it is back.", send_at=_soon())
                back = rig.pull_out(_AWAY)
                entries = rig.wait_for_entries(2 * index + 2)
                taken.append(entries[-1].monotonic - back)
    return [
        judged(
            "modem away 5 s and back → first submit",
            max(taken),
            "s",
            most=2,
            peer="never, or 9–104 s",
            digits=2,
            remark=f"worst of {len(taken)}; from the port's return",
        )
    ]


def _soon() -> str:
    """While the modem is away."""
    return (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
