"""A model of the queue against the queue: hypothesis chooses what happens, and shrinks what goes wrong.

The model is as simple as a promise: of each message, what the client may believe. After every step the real queue
must be in a state that the model allows, and the ledger must agree.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import trio
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from trio.testing import MockClock

from gatewayd.errors import GatewaydError
from gatewayd.message import SENT_STATES, TRANSITIONS, Doubt, Priority, State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.service import Queue
from gatewayd.store.inline import InlineDatabase
from tests.queue.conftest import Setup
from tests.simulation.running import schedule_by

#: Events of a message that change no state.
_NO_STATES = ("message.held", "message.evidence")
RECIPIENTS = tuple(f"+3460000000{number}" for number in range(4))
CODES = (1, 8, 21, 27, 38, 41, 111, 300, 320, 331, 332, 500, 515)


@dataclass
class Believed:
    """What the model holds of one message."""

    name: str
    text: str
    seen: State = State.QUEUED
    resent: bool = False
    """Whether anybody asked for a second send of what is in doubt."""
    asked_to_cancel: bool = False
    times: list[State] = field(default_factory=list)


class QueueModel(RuleBasedStateMachine):
    """The rules by which the world acts on the queue."""

    messages = Bundle("messages")

    def __init__(self) -> None:
        super().__init__()
        self.database = InlineDatabase()
        self.setup = Setup(self.database)
        self.believed: list[Believed] = []
        self.boots = 0

    def teardown(self) -> None:
        self.database.close()

    def _live(self, action: Callable[[Queue], Awaitable[object]]) -> None:
        """Run the daemon while ``action`` happens; virtual time goes on from where it was."""

        async def life() -> None:
            # The clock of trio starts anew with each run, as after a reboot.
            self.boots += 1
            self.setup.clock.boot_id = f"boot {self.boots}"
            async with self.setup.running() as queue:
                await action(queue)
            self.setup.clock.epoch += timedelta(seconds=trio.current_time())

        schedule_by(self.boots)
        trio.run(life, clock=MockClock(autojump_threshold=0))

    @rule(
        target=messages,
        to=st.sampled_from(RECIPIENTS),
        parts=st.sampled_from([1, 1, 1, 3]),
        priority=st.sampled_from(Priority),
        policy=st.sampled_from(Doubt),
        delay=st.sampled_from([None, 60.0, 3600.0]),
        validity=st.sampled_from([None, 30.0, 7200.0]),
        wait=st.sampled_from([0.0, 10.0, 60.0]),
    )
    def submit(
        self,
        to: str,
        parts: int,
        priority: Priority,
        policy: Doubt,
        delay: float | None,
        validity: float | None,
        wait: float,
    ) -> Believed:
        text = f"[{len(self.believed):03d}]" * (1 if parts == 1 else 80)
        believed = Believed("", text, resent=policy is Doubt.RESEND)

        async def action(queue: Queue) -> None:
            now = self.setup.clock.now()
            send_at = None if delay is None else now + timedelta(seconds=delay)
            expires_at = None if validity is None else (send_at or now) + timedelta(seconds=validity)
            believed.name = await self.setup.send(
                queue, text, to, priority=priority, in_doubt=policy, send_at=send_at, expires_at=expires_at
            )
            await trio.sleep(wait)

        self._live(action)
        self.believed.append(believed)
        return believed

    @rule(message=messages, remaining=st.booleans())
    def cancel(self, message: Believed, remaining: bool) -> None:
        async def action(queue: Queue) -> None:
            try:
                await queue.cancel(None, message.name, remaining=remaining, actor="model")
            except GatewaydError:
                return
            message.asked_to_cancel = True

        self._live(action)

    @rule(seconds=st.sampled_from([1.0, 8.0, 70.0, 400.0, 2000.0, 40_000.0]))
    def wait(self, seconds: float) -> None:
        async def action(_: Queue) -> None:
            await trio.sleep(seconds)

        self._live(action)

    @rule(seconds=st.floats(0.0, 30.0))
    def crash(self, seconds: float) -> None:
        async def action(_: Queue) -> None:
            await trio.sleep(seconds)
            self.setup.cut_power()

        self._live(action)

    @rule(code=st.sampled_from(CODES), after=st.sampled_from([1.0, 40.0]))
    def next_submit_fails(self, code: int, after: float) -> None:
        line = self.setup.air.lines["phone1"]
        line.refusals[line.submits] = ("cms", code, after)

    @rule()
    def next_submit_is_never_answered(self) -> None:
        line = self.setup.air.lines["phone1"]
        line.silent.add(line.submits)

    @rule(seconds=st.sampled_from([5.0, 700.0]))
    def modem_is_away(self, seconds: float) -> None:
        async def action(_: Queue) -> None:
            self.setup.air.change("phone1", LinkState.ABSENT)
            await trio.sleep(seconds)
            self.setup.air.change("phone1", LinkState.READY)

        self._live(action)

    @rule()
    def operator_sets_the_modem_running(self) -> None:
        self._live(lambda queue: queue.set_mode("phone1", "running", actor="model", reason="go on"))

    @rule(message=messages, verdict=st.sampled_from(["sent", "failed", "resend"]))
    def settle(self, message: Believed, verdict: str) -> None:
        async def action(queue: Queue) -> None:
            try:
                await queue.resolve(None, message.name, verdict, actor="model", reason="model")
            except GatewaydError:
                return
            message.resent |= verdict == "resend"

        self._live(action)

    @rule(seconds=st.sampled_from([-7200, 7200]))
    def clock_is_set(self, seconds: int) -> None:
        self.setup.clock.wall_offset += timedelta(seconds=seconds)

    @invariant()
    def every_message_is_where_it_may_be(self) -> None:
        async def look() -> None:
            queue, _ = self.setup.build()
            for message in self.believed:
                detail = await queue.detail(None, message.name)
                self._check(message, detail.message.state, [c.kind for c in detail.timeline])
                self._check_ledger(message, detail.message.state, len(detail.parts), detail.message.parts)

        trio.run(look)

    def _check(self, message: Believed, state: State, kinds: list[str]) -> None:
        steps = [State(kind.removeprefix("message.")) for kind in kinds if kind not in _NO_STATES]
        assert steps[-1] is state, (steps, state)
        for before, after in pairwise(steps):
            assert (before, after) in TRANSITIONS, steps
        if State.CANCELLED in steps:
            assert message.asked_to_cancel

    def _check_ledger(self, message: Believed, state: State, known: int, parts: int) -> None:
        mark = message.text[:5]
        heard = [text for text in self.setup.air.texts() if mark in text]
        if len(heard) > parts:
            assert message.resent, f"{message.name} left {len(heard)} times"
        if heard and state in (State.QUEUED, State.CANCELLED, State.EXPIRED):
            assert known or message.resent, f"{message.name} is {state} and was sent"
        if state in SENT_STATES:
            assert known == parts


def run(examples: int, steps: int, *, planted: bool = False) -> None:
    """Let hypothesis try ``examples`` lives of ``steps`` steps each. Raises what went wrong, shrunk.

    With ``planted``, as it is found, and not remembered for later runs.
    """
    random.seed(0)
    settings = hypothesis_settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    if planted:
        settings = hypothesis_settings(settings, database=None, phases=[Phase.generate])
    run_state_machine_as_test(QueueModel, settings=settings)  # type: ignore[no-untyped-call]
