"""What must hold between what was on the air and what gatewayd says of it: nothing lost, doubled, or made up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gatewayd.message import FINAL_STATES, SENT_STATES, Doubt, State
from gatewayd.queue.doubt import Verdict
from tests.simulation.case import Case
from tests.simulation.network import Taken

if TYPE_CHECKING:
    from tests.simulation.world import World


def violations(world: World, case: Case) -> Iterator[str]:
    """What is wrong, in words."""
    taken: dict[int, list[Taken]] = defaultdict(list)
    for entry in world.network.ledger:
        taken[entry.message].append(entry)
    offered = Counter((offer.message, offer.part) for offer in world.network.offers)
    for mark, name in world.names.items():
        if mark not in case.messages or case.messages[mark].id != name:
            yield f"message {mark} was accepted and has vanished"
    for mark in {mark for mark, _ in offered} - case.messages.keys():
        yield f"message {mark} was sent and is not in the database"
    for mark, row in case.messages.items():
        message = _Message(world, case, mark, taken[mark])
        yield from message.doubles()
        yield from message.phantoms()
        yield from message.losses()
        yield from message.decisions()
        yield from message.tries({part: offered[mark, part] for part in range(1, row.parts + 1)})
        yield from message.order()


class _Message:
    """One message, by all who know of it."""

    def __init__(self, world: World, case: Case, mark: int, taken: list[Taken]) -> None:
        self._case = case
        self._taken = taken
        self._counts = Counter(entry.part for entry in taken)
        self._row = row = case.messages[mark]
        self._parts: dict[int, Any] = case.parts[row.seq]
        self._called = f"message {mark}"
        self._state = State(row.state)
        # What the client asked for, rather than what the database says that it did.
        self._policy = world.sent[mark].draft.in_doubt
        self._said = {verdict: world.verdicts[row.id, verdict] for verdict in Verdict}
        self._attempts = world.settings.attempts
        # How often a part may be submitted without an answer: once more for each time that somebody wants it.
        self._most = self._attempts if self._policy is Doubt.RESEND else 1
        self._most += self._said[Verdict.RESEND]
        self._wanted_again = self._policy is Doubt.RESEND or bool(self._said[Verdict.RESEND])

    def doubles(self) -> Iterator[str]:
        """A part is on the air twice only where somebody asked for that, with a mark, and no more often than that."""
        row, called = self._row, self._called
        if row.possible_duplicate and not self._wanted_again:
            yield f"{called} is marked as sent again, and nobody asked for it"
        for number, count in self._counts.items():
            if count == 1:
                continue
            again = [entry for entry in self._taken if entry.part == number][1:]
            if not row.possible_duplicate or not all(entry.rejects_duplicates for entry in again):
                yield f"{called} part {number} was sent {count} times without a mark"
            elif count > self._most:
                yield f"{called} part {number} was sent {count} times, and {self._most} times were asked for"

    def phantoms(self) -> Iterator[str]:
        """Whatever the network took is on record, unless it was to be sent again from doubt."""
        called, state = self._called, self._state
        if not self._row.possible_duplicate:
            for number in self._counts.keys() - self._parts.keys():
                yield f"{called} part {number} was sent and the database does not know ({state})"
        if len(self._parts) < self._row.parts:
            return
        # None of these ends what has left altogether, but for a person's word, or the end of its validity.
        allowed = {
            State.CANCELLED: False,
            State.FAILED: bool(self._said[Verdict.FAILED]),
            State.EXPIRED: self._wanted_again,
        }
        if not allowed.get(state, True):
            yield f"{called} is {state}, and all of its parts have left, or may have"

    def losses(self) -> Iterator[str]:
        """What counts as sent was taken; where nobody knows, the message's policy says so, or a person."""
        called, state = self._called, self._state
        kinds = {number: part.state for number, part in self._parts.items()}
        for number, kind in kinds.items():
            if kind == "sent" and not self._counts[number]:
                yield f"{called} part {number} counts as sent, and the network never took it"
            if kind == "assumed":
                if self._policy is not Doubt.ASSUME_SENT and not self._said[Verdict.SENT]:
                    yield f"{called} part {number} is assumed to be sent, and nobody said so"
                if not self._case.tries[self._row.seq, number].unanswered:
                    yield f"{called} part {number} is assumed to be sent, and was never in doubt"
        if state in SENT_STATES and (len(kinds) < self._row.parts or "in_doubt" in kinds.values()):
            yield f"{called} is {state}, and its parts are {kinds}"

    def decisions(self) -> Iterator[str]:
        """After the calm only what a person has to settle is open."""
        called, state = self._called, self._state
        if state is State.IN_DOUBT:
            yield from self._doubt()
        elif state not in FINAL_STATES | SENT_STATES:
            yield f"{called} is still {state} after the calm"
        if self._row.error == "verdict" and not self._said[Verdict.FAILED]:
            yield f"{called} failed by a verdict that nobody gave"

    def _doubt(self) -> Iterator[str]:
        doubtful = [number for number, part in self._parts.items() if part.state == "in_doubt"]
        unanswered = [self._case.tries[self._row.seq, number].unanswered for number in doubtful]
        if not doubtful:
            yield f"{self._called} is in doubt, and none of its parts is"
        elif self._policy is Doubt.ASSUME_SENT:
            yield f"{self._called} is still in doubt, and was to be assumed sent"
        elif self._policy is Doubt.RESEND and max(unanswered) < self._attempts:
            yield f"{self._called} is still in doubt after {max(unanswered)} tries, and was to be sent again"

    def tries(self, offered: dict[int, int]) -> Iterator[str]:
        """Every 0x1A was on record before, and no answer is on record that the network doesn't confirm."""
        for number, count in offered.items():
            called, took = f"{self._called} part {number}", self._counts[number]
            tried = self._case.tries[self._row.seq, number]
            if count > tried.armed:
                yield f"{called} was submitted {count} times and armed {tried.armed} times"
            if took > tried.accepted + tried.unanswered:
                yield f"{called} was taken {took} times, and on record as refused"
            if tried.accepted > took:
                yield f"{called} was taken {took} times, and on record as accepted {tried.accepted} times"
            if tried.unanswered > self._most:
                yield f"{called} was sent {tried.unanswered} times without an answer, instead of {self._most}"

    def order(self) -> Iterator[str]:
        """All parts leave through one SIM and in their order, but for those that were in doubt."""
        seq = self._row.seq

        def doubted(entry: Taken) -> bool:
            return bool(self._case.doubted & {(seq, entry.part, entry.sim), (seq, entry.part, None)})

        certain = [entry for entry in self._taken if not doubted(entry)]
        if len({entry.sim for entry in certain}) > 1:
            yield f"{self._called} left through two SIMs"
        if len({entry.sim for entry in self._taken}) > 1 and not self._row.possible_duplicate:
            yield f"{self._called} left through two SIMs without a mark"
        # A part that was not taken at first, and sent again from doubt, comes late.
        late = {entry.part for entry in self._taken if entry.rejects_duplicates}
        ordered = [entry.part for entry in self._taken if entry.part not in late]
        if ordered != sorted(ordered):
            yield f"{self._called} has its parts out of order"
