"""Defects to plant in a daemon, to show that a campaign would notice. Each changes the process that calls it."""

from __future__ import annotations

from typing import Any

import trio

from gatewayd.modem.ports import Outcome
from gatewayd.queue import recovery
from gatewayd.queue.arming import Withdrawn, arm, withdraw
from gatewayd.queue.submitting import Submission


def arm_after_the_write() -> None:
    """Commit that a part may be sent only once it has been sent."""
    honest = Submission.run

    async def run(self: Any, line: Any, **more: Any) -> Outcome | Withdrawn:
        async def later() -> None:
            await trio.lowlevel.checkpoint()
            self.released = True

        self._arm, stamp = later, self._pace.planned()
        outcome = await honest(self, line, **more)
        await self._post.database.run(arm, self._claim, self._post.clock.now(), self._pace.record(stamp))
        return outcome

    Submission.run = run  # type: ignore[method-assign]


def send_again_after_a_crash() -> None:
    """Take an attempt that the last process armed and never settled for one that was not sent."""

    def impound(tx: Any, attempt: Any, _reason: str, at: Any, *_more: Any) -> None:
        withdraw(tx, attempt, "restart", at)

    recovery.impound = impound  # type: ignore[assignment, attr-defined]


DEFECTS = {defect.__name__: defect for defect in (arm_after_the_write, send_again_after_a_crash)}
