"""Claiming: find the next part that a modem may send, and record the attempt, in one transaction.

Among the ready messages that the modem's routes allow, the priority decides, then whose client's turn it is, then
the order of acceptance. A message with some parts sent goes on before anything that isn't of a higher priority.
Whatever may not go yet is parked on the way (see ``tables``), so that it is looked at once and not at each turn. Only
what is parked because of a doubt on one SIM is looked at by the modems of the others as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from gatewayd.message import Order, Priority, State
from gatewayd.queue import limits
from gatewayd.queue.halting import InvariantViolation
from gatewayd.queue.lifecycle import DUE_TOPIC, TOPIC, move, touch, wake_lane
from gatewayd.queue.managed import is_held
from gatewayd.queue.optout import cancel, is_unwanted
from gatewayd.queue.quotas import Limit, QuotaScope
from gatewayd.queue.records import control
from gatewayd.queue.records import turns as records
from gatewayd.queue.stranding import fail_partial, half_sent, is_stranger, set_strangers_aside
from gatewayd.queue.turns import Turns
from gatewayd.store.transaction import Tx

#: A back-off longer than this lets later messages to the same recipient pass (order "relaxed").
PASSING = timedelta(seconds=60)
#: Most messages parked in one claim, so that one transaction stays short; the next claim goes on from there.
_PARKED_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Seat:
    """The modem that asks for work."""

    modem: str
    sim: str | None
    """ICCID."""
    routes: frozenset[str]
    limits: tuple[Limit, ...]
    partial_timeout: timedelta
    """How long a half-sent message waits for its SIM to come back."""
    draining: bool = False
    """Only finish what was begun."""
    honours_opt_outs: bool = True
    """Whether nothing begins for who has opted out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One part to be submitted by one modem."""

    message: Any
    """The message's row, as it is after the claim."""
    part: int
    attempt: int
    """The attempt's ``seq``."""
    seat: Seat
    sim_subject: str
    """What its SIM's parts are counted under."""

    @property
    def subjects(self) -> limits.Subjects:
        """Whose quotas this part counts under."""
        return {
            QuotaScope.SIM: self.sim_subject,
            QuotaScope.RECIPIENT: self.message.recipient,
            QuotaScope.CLIENT: str(self.message.client_id),
        }


@dataclass(frozen=True, slots=True)
class Nothing:
    """No part may go now."""

    until: datetime | None = None
    """When to ask again at the latest, for a reason that no other wake-up tells; None: only when woken."""
    again: bool = False
    """Many messages were parked and more may be waiting: ask again at once."""


@dataclass(slots=True)
class _Search:
    tx: Tx
    seat: Seat
    turns: Turns
    at: datetime
    sim_subject: str
    blocked_clients: dict[int, datetime] = field(default_factory=dict)

    def until(self) -> datetime | None:
        return min(self.blocked_clients.values(), default=None)


def claim(tx: Tx, seat: Seat, turns: Turns, at: datetime) -> Claim | Nothing:
    """The next part for ``seat``, with its attempt recorded; or why there is none."""
    search = _Search(tx, seat, turns, at, limits.sim_subject(tx, seat.modem, seat.sim))
    set_strangers_aside(tx, seat.modem, seat.sim, seat.partial_timeout, at)
    owed = _open_message(search)
    if seat.draining and owed is None:
        owed, until = half_sent(tx, seat.modem, seat.sim, at)
        if owed is None:
            return Nothing(until=until)
    full = limits.blocked_until(tx, seat.limits, QuotaScope.SIM, search.sim_subject, at, 1)
    if full is not None:
        return Nothing(until=full)
    for _ in range(_PARKED_AT_MOST):
        head = _best_head(search, len(Priority) if owed is None else owed.priority)
        if head is None:
            return _take(search, owed) if owed is not None else Nothing(until=search.until())
        row = records.load.first(tx, {"seq": head})
        if _may_go(search, row):
            return _take(search, row)
    return Nothing(again=True)


def _open_message(search: _Search) -> Any | None:
    """The message that this modem has begun, unless it has to stop here."""
    own = {"modem": search.seat.modem, "sim": search.seat.sim}
    row = records.open_message.first(search.tx, own)
    while row is not None:
        if row.cancel_requested:
            move(search.tx, row, State.CANCELLED, search.at)
        elif row.expires_at is not None and row.expires_at <= search.at:
            move(search.tx, row, State.EXPIRED, search.at)
        else:
            return row
        row = records.open_message.first(search.tx, own)
    return None


def _best_head(search: _Search, before: int) -> int | None:
    """``seq`` of the message whose turn it is, of those with a more urgent priority than ``before``."""
    if search.seat.draining:
        return None
    elsewhere = _heads_doubted_elsewhere(search)
    for priority in range(before):
        heads: list[tuple[int, int]] = [
            (search.turns.rank(priority, client), seq)
            for client, seq in (*_ready_heads(search, priority), *elsewhere[priority])
            if client not in search.blocked_clients
        ]
        if heads:
            return min(heads)[1]
    return None


def _ready_heads(search: _Search, priority: int) -> Iterator[tuple[int, int]]:
    """The first ready message of each client: the client, and its ``seq``."""
    for route in search.seat.routes:
        yield from records.heads.all(search.tx, {"route": route, "priority": priority})


def _heads_doubted_elsewhere(search: _Search) -> defaultdict[int, list[tuple[int, int]]]:
    """What another modem parked because of a doubt on its SIM may leave by this one, which has none: by priority.

    It stays parked until it is taken, or parked for another reason: made ready before that, by a modem that can't take
    it either, it would be parked and made ready by turns.
    """
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    if records.some_doubted.first(search.tx, {}) is None:
        return found
    for route in search.seat.routes:
        where = {"route": route, "sim": search.seat.sim, "now": search.at}
        for priority, client, seq in records.heads_doubted_elsewhere.all(search.tx, where):
            found[priority].append((client, seq))
    return found


def _may_go(search: _Search, row: Any) -> bool:
    """Whether this message may go now; if not, it is parked, ended, or its client is passed over."""
    if row.expires_at is not None and row.expires_at <= search.at:
        move(search.tx, row, State.EXPIRED, search.at)
        return False
    if search.seat.honours_opt_outs and is_unwanted(search.tx, row):
        cancel(search.tx, row, search.at)
        return False
    if _waits_for_batch(search, row):
        return False
    missing = row.parts - row.parts_sent
    until = limits.blocked_until(
        search.tx, search.seat.limits, QuotaScope.CLIENT, str(row.client_id), search.at, missing
    )
    if until is not None:
        search.blocked_clients[row.client_id] = until
        return False
    return not (
        _waits_for_sim(search, row)
        or _waits_for_quota(search, row, missing)
        or _waits_for_doubt(search, row)
        or _waits_in_lane(search, row)
    )


def _park(search: _Search, row: Any, reason: str, until: datetime | None) -> bool:
    records.park.change(search.tx, {"b_seq": row.seq, "reason": reason, "until": until})
    search.tx.announce(DUE_TOPIC)
    if reason == "doubt":
        search.tx.announce(TOPIC)  # other SIMs may take it
    if reason != "order":
        # It may be passed; who waits behind it has not looked since.
        wake_lane(search.tx, row)
    return True


def _waits_for_sim(search: _Search, row: Any) -> bool:
    """A message that was begun on another SIM waits for that, or has waited long enough and fails."""
    if not is_stranger(search.tx, search.seat.sim, row):
        return False
    seen = control.find_sim.first(search.tx, {"modem": search.seat.modem})
    gone = row.updated_at if seen is None else max(row.updated_at, seen.since)
    until = gone + search.seat.partial_timeout
    if until <= search.at:
        fail_partial(search.tx, row, "its SIM was taken out", search.at)
        return True
    return _park(search, row, "sim", until)


def _waits_for_batch(search: _Search, row: Any) -> bool:
    """Nothing of a batch that is held begins."""
    if not row.managed or row.parts_sent or not is_held(search.tx, row.batch_id):
        return False
    return _park(search, row, "paused", None)


def _waits_for_quota(search: _Search, row: Any, missing: int) -> bool:
    until = limits.blocked_until(
        search.tx, search.seat.limits, QuotaScope.RECIPIENT, row.recipient, search.at, missing
    )
    return until is not None and _park(search, row, "quota", until)


def _waits_for_doubt(search: _Search, row: Any) -> bool:
    """While nobody knows whether a part reached this recipient, no report could be told apart from another's."""
    until = records.youngest_doubt.scalar(
        search.tx, {"seq": row.seq, "recipient": row.recipient, "sim": search.seat.sim}
    )
    return until is not None and until > search.at and _park(search, row, "doubt", until)


def _waits_in_lane(search: _Search, row: Any) -> bool:
    """Order to one recipient: whoever was accepted before goes before, unless it may be passed."""
    passed = []
    for other in records.before_in_lane.all(
        search.tx,
        {
            "client_id": row.client_id,
            "recipient": row.recipient,
            "priority": row.priority,
            "seq": row.seq,
        },
    ):
        verdict, until = _stands_before(other, row, search.at)
        if verdict:
            return _park(search, row, "order", until)
        passed.append({"b_seq": other.seq})
    records.mark_overtaken.change_many(search.tx, passed)
    return False


def _stands_before(other: Any, row: Any, at: datetime) -> tuple[bool, datetime | None]:
    """Whether ``row`` waits for ``other``, and until when at most, where that is known."""
    if other.state == State.SENDING:
        return True, None
    strict = Order.STRICT in (other.ordering, row.ordering)
    if other.ready or other.wait_reason == "order":
        # Ready, and yet not claimed before: it waits for another modem, and that may be for long.
        return strict or other.route == row.route, None
    if not strict and other.not_before - at > PASSING:
        return False, None
    return True, other.not_before


def _take(search: _Search, row: Any) -> Claim:
    """Record the attempt at the first part that is neither sent nor in doubt."""
    tx, seat, at = search.tx, search.seat, search.at
    done = (
        {number for number, _ in records.parts_of.all(tx, {"message_seq": row.seq})} if row.parts > 1 else ()
    )
    part = next(number for number in range(1, row.parts + 1) if number not in done)
    # A modem does not tell its SIM at all times. A message that began on a known one is not to go on through another
    # for that.
    changes: Mapping[str, Any] = {
        "modem": seat.modem,
        "sim": row.sim if seat.sim is None and done else seat.sim,
        "attempts": row.attempts + 1,
    }
    if row.state == State.SENDING:
        touch(tx, row, at, **changes)
    else:
        move(tx, row, State.SENDING, at, **changes)
    facts = {
        "message_seq": row.seq,
        "part": part,
        "number": row.attempts + 1,
        "modem": seat.modem,
        "sim": seat.sim,
        "claimed_at": at,
    }
    try:
        attempt = records.insert_attempt.insert(tx, facts)
    except IntegrityError as error:
        raise InvariantViolation(
            f"part {part} of message {row.id} is under way already and can't be claimed again"
        ) from error
    return Claim(row._replace(state=State.SENDING, **changes), part, attempt, seat, search.sim_subject)
