"""Defects to be planted: the simulation has to find each of them, or it proves nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import trio

from gatewayd.message import Doubt, Order, State, new_id
from gatewayd.modem.ports import Outcome
from gatewayd.queue import (
    claim,
    doubt,
    lifecycle,
    limits,
    matching,
    receiving,
    recovery,
    reports,
    scheduler,
    submitting,
    timers,
)
from gatewayd.queue.arming import Withdrawn, arm
from gatewayd.queue.lifecycle import move
from gatewayd.queue.quotas import QuotaScope
from gatewayd.queue.submitting import Submission
from tests.simulation.modems import SimulatedLine


def arm_after_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Submission.run

    async def run(self: Any, line: Any, **more: Any) -> Outcome | Withdrawn:
        async def later() -> None:
            await trio.sleep_until(self._pace.free_at)
            self.released = True

        self._arm, stamp = later, self._pace.planned()
        outcome = await honest(self, line, **more)
        record = self._pace.record(stamp)
        with suppress(Withdrawn):
            await self._post.database.run(arm, self._claim, self._post.clock.now(), record)
        return outcome

    monkeypatch.setattr(Submission, "run", run)


def forget_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    def recover(tx: Any, at: Any) -> recovery.Recovered:
        found = recovery.recover(tx, at)
        return recovery.Recovered(found.withdrawn, found.in_doubt, found.staged, frozenset())

    monkeypatch.setattr(scheduler, "find_pace", lambda _tx, _modem: None)
    monkeypatch.setattr(scheduler, "recover", recover)


def resend_without_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    def send_again(tx: Any, row: Any, at: Any, *, possible_duplicate: bool, told: Any = None) -> None:
        move(tx, row, State.QUEUED, at, ready=True, spent=0)

    monkeypatch.setattr(doubt, "_send_again", send_again)


def take_silence_for_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    _decide_doubts(monkeypatch, state=State.QUEUED, delay=7.0, wait_reason="retry")


def give_up_what_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """No part is on record, so nothing tells that it may have left."""
    _decide_doubts(monkeypatch, state=State.FAILED)


def _decide_doubts(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    honest = submitting.Submission.write_outcome

    async def write_outcome(self: Any, outcome: Any, decision: Any, *more: Any) -> Any:
        if decision.state is State.IN_DOUBT:
            decision = replace(decision, **changes)
        return await honest(self, outcome, decision, *more)

    monkeypatch.setattr(submitting.Submission, "write_outcome", write_outcome)


def assume_that_what_is_held_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doubt._POLICIES, Doubt.HOLD, doubt._assume_sent)


def resend_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = timers.end_windows
    monkeypatch.setattr(timers, "end_windows", lambda tx, at, limit, _attempts: honest(tx, at, limit, 10**6))


def match_reports_without_the_recipient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "same_number", lambda _ours, _theirs: True)
    monkeypatch.setattr(reports, "tail", lambda _number: "")


def delete_before_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(self: Any) -> None:
        mailbox = self.mailbox
        while True:
            letters = self._network.letters[self.sim]
            if not self.present or not letters:
                await self._arrived.wait()
                continue
            letter, status = letters.popleft(), self.status
            await trio.sleep(0.5)
            await (mailbox.report if letter.kind == "report" else mailbox.message)(status, letter.pdu)

    monkeypatch.setattr(SimulatedLine, "read", read)


def forget_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_digest", lambda _octets: new_id(datetime.now(UTC)).hex)


def ignore_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "fulfil", lambda *_args, **_more: None)


def honour_stop_only_for_what_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was at a modem, or in doubt, at that moment leaves once it is queued again."""
    monkeypatch.setattr(claim, "is_unwanted", lambda _tx, _row: False)


def ignore_the_quotas_of_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = limits._holding

    def holding(tx: Any, configured: Any, scope: Any, subject: Any) -> Any:
        return [] if scope is QuotaScope.CLIENT else honest(tx, configured, scope, subject)

    monkeypatch.setattr(limits, "_holding", holding)


def let_everybody_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "_waits_in_lane", lambda _search, _row: False)


def take_strict_order_for_relaxed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = claim._stands_before

    def stands_before(other: Any, row: Any, at: Any) -> Any:
        relaxed = {"ordering": Order.RELAXED}
        return honest(other._replace(**relaxed), row._replace(**relaxed), at)

    monkeypatch.setattr(claim, "_stands_before", stands_before)


def keep_a_step_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = lifecycle._tell

    def tell(tx: Any, row: Any, to: State, *more: Any) -> None:
        if to is not State.SENDING:
            honest(tx, row, to, *more)

    monkeypatch.setattr(lifecycle, "_tell", tell)
