"""Erasing one number, wherever it is, because the person that it belongs to asks for it.

Messages keep their rows, without text, number and the client's reference, so that every count stays right; of how many
that happened to, by client, type and day, there are tombstones. An opt-out stays in force under the number's pseudonym:
who wants no messages, and then wants to be forgotten, still wants none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from gatewayd.audit import trail
from gatewayd.clock import Clock
from gatewayd.errors import Conflict
from gatewayd.message import State
from gatewayd.queue import accepting, wiping
from gatewayd.queue.lifecycle import move
from gatewayd.queue.optout import OPT_OUT_TOPIC
from gatewayd.queue.pseudonyms import Pseudonyms
from gatewayd.queue.records import turns
from gatewayd.queue.records import wiping as records
from gatewayd.queue.retention import wipe_received
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

#: Rows of one transaction.
_AT_ONCE: Final = 200
#: The ``error`` of a message that was cancelled, or given up in doubt, because its recipient was erased.
ERROR: Final = "erased"
_WORDS: Final = "its recipient was erased"

EraseElsewhere = Callable[[Tx, str], int]
"""Erases a number (E.164) from what another package keeps; returns of how many rows."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased of one number."""

    pseudonym: str
    """What the audit calls the number from now on."""
    cancelled: int = 0
    """Messages that waited for it."""
    given_up: int = 0
    """Messages in doubt that were given up."""
    messages: int = 0
    """Messages that lost text and number."""
    received: int = 0
    """Received messages that lost text and sender."""
    answers: int = 0
    """Kept answers to requests that named it."""
    rows: int = 0
    """Rows elsewhere, such as those of batches."""
    opted_out: bool = False
    """Whether it had opted out, which stays in force."""


@dataclass
class Eraser:
    """Erases numbers on the database ``runner``; ``elsewhere`` are those whom other packages sent."""

    runner: Runner
    clock: Clock
    pseudonyms: Pseudonyms
    elsewhere: list[EraseElsewhere] = field(default_factory=list)

    async def erase(self, number: str, *, reason: str, actor: str, force: bool = False) -> Erasure:
        """Erase ``number`` (E.164) everywhere; once more does no harm.

        ``force`` gives up messages in doubt, as if they had not been sent. Raises Conflict: ``in_doubt`` where there
        are such and it isn't set, ``submitting`` where a part is at a modem just now, and ``sealed`` where the key
        of pseudonyms can't be opened. Raises StorageFull.
        """
        await self.pseudonyms.ready()
        pseudonym = self.pseudonyms.of(number)
        if pseudonym is None:
            raise Conflict("sealed", "the key of pseudonyms can't be opened; see `gatewayd secrets status`")
        now = self.clock.now()
        rows = await self.runner.run(self._erase_elsewhere, number, lane=Lane.BULK)
        done = await self.runner.run(_begin, number, pseudonym, reason, actor, force, now)
        while wiped := await self.runner.run(_wipe_messages, number, lane=Lane.BULK):
            done = replace(done, messages=done.messages + wiped)
        done = replace(done, rows=rows, answers=await self._clean_answers(number))
        return await self.runner.run(_finish, number, done, reason, actor, now)

    def _erase_elsewhere(self, tx: Tx, number: str) -> int:
        return sum(erase(tx, number) for erase in self.elsewhere)

    async def _clean_answers(self, number: str) -> int:
        """Take the number out of the answers that are kept for requests that come again; return how many."""
        changed, place = 0, {"client_id": 0, "key": ""}
        while True:
            rows = await self.runner.read(lambda tx, at: records.answers_after.all(tx, at), _page(place))
            found = [change for row in rows if (change := _without(row, number)) is not None]
            if found:
                changed += await self.runner.run(_change_answers, found, lane=Lane.BULK)
            if len(rows) < _AT_ONCE:
                return changed
            place = {"client_id": rows[-1].client_id, "key": rows[-1].key}


def _page(place: dict[str, Any]) -> dict[str, Any]:
    return {**place, "limit": _AT_ONCE}


def _without(row: Any, number: str) -> dict[str, Any] | None:
    """The change that takes ``number`` out of a kept answer; None where it isn't in it."""
    answer = accepting.without_recipient(row.answer, number)
    if answer is None:
        return None
    return {"b_client_id": row.client_id, "b_key": row.key, "b_before": row.answer, "b_answer": answer}


def _change_answers(tx: Tx, changes: list[dict[str, Any]]) -> int:
    return records.change_answer.change_many(tx, changes)


def _begin(
    tx: Tx, number: str, pseudonym: str, reason: str, actor: str, force: bool, at: datetime
) -> Erasure:
    """Make sure that nothing goes to ``number`` any more, with the audit."""
    undecided = records.undecided.all(tx, {"recipient": number})
    states = Counter(State(row.state) for row in undecided)
    if states[State.SENDING]:
        raise Conflict("submitting", "a message to it is at a modem just now; try again in some minutes")
    if states[State.IN_DOUBT] and not force:
        words = (
            f"{states[State.IN_DOUBT]} messages to it are in doubt: settle them, or force it to give them up"
        )
        raise Conflict("in_doubt", words)
    for row in undecided:
        if row.state == State.IN_DOUBT:
            move(tx, row, State.FAILED, at, error=ERROR, error_text=_WORDS)
        elif turns.parts_of.all(tx, {"message_seq": row.seq}):
            # Half of it has left: it can't be called cancelled.
            move(tx, row, State.FAILED, at, error="partial", error_text=_WORDS)
        else:
            move(tx, row, State.CANCELLED, at, error=ERROR, error_text=_WORDS)
    done = Erasure(
        pseudonym,
        cancelled=len(undecided) - states[State.IN_DOUBT],
        given_up=states[State.IN_DOUBT],
    )
    _record(tx, "number.erase", done, reason, actor, at)
    return done


def _wipe_messages(tx: Tx, number: str) -> int:
    rows = records.of_recipient.all(tx, {"recipient": number, "limit": _AT_ONCE})
    for row in rows:
        wiping.wipe_number(tx, row, reference=True)
        mark = {"client_id": row.client_id, "type": row.type, "day": int(f"{row.created_at:%Y%m%d}")}
        records.bury.change(tx, mark | {"messages": 1, "parts": row.parts})
    return len(rows)


def _finish(tx: Tx, number: str, done: Erasure, reason: str, actor: str, at: datetime) -> Erasure:
    """Erase what is there of ``number`` besides messages, with the audit of everything."""
    received = wipe_received(tx, records.from_sender.all(tx, {"sender": number}))
    records.wipe_parts.change(tx, {"b_sender": number})
    records.drop_open_parts.change(tx, {"sender": number})
    records.drop_reports.change(tx, {"recipient": number, "digits": number.removeprefix("+")})
    records.drop_quotas.change(tx, {"recipient": number})
    known = {"b_recipient": number, "b_pseudonym": done.pseudonym}
    opted_out = bool(records.hide_opt_out.change(tx, known))
    tx.announce(OPT_OUT_TOPIC)
    done = replace(done, received=received, opted_out=opted_out)
    _record(tx, "number.erased", done, reason, actor, at)
    return done


def _record(tx: Tx, action: str, done: Erasure, reason: str, actor: str, at: datetime) -> None:
    counts = {name: getattr(done, name) for name in ("cancelled", "given_up", "messages", "received", "rows")}
    counts |= {"answers": done.answers, "opted_out": done.opted_out}
    trail.record(
        tx,
        actor=actor,
        action=action,
        object=f"recipient:{done.pseudonym}",
        reason=reason,
        after=counts,
        at=at,
    )
