"""What each client has waiting and what it pays for, kept in the transactions that change it.

A client pays for the parts of its messages from the moment of acceptance, at the price of that moment, on the account
of that calendar month (UTC). What is over without having been sent (FAILED, EXPIRED, CANCELLED) is given back, but for
the parts that left or may have left; what is proven to have been sent after all is charged again. So the account is
never lower than what is sure to be on the operator's bill, and a client can't spend the same money twice by queueing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gatewayd.access import money
from gatewayd.access.limits import ClientLimits
from gatewayd.errors import FieldError, InvalidRequest, LimitReached
from gatewayd.message import State
from gatewayd.queue.records import accounts as records
from gatewayd.queue.records import turns
from gatewayd.store.transaction import Tx

#: What a refusal for a full queue, and for spent money, is called.
QUEUE_FULL = "queue_full"
MONEY_SPENT = "money_spent"

_IN_QUEUE = frozenset({State.QUEUED, State.SENDING})
#: Over without having been sent, as far as anybody knows.
_UNSENT = frozenset({State.FAILED, State.EXPIRED, State.CANCELLED})
#: What a person's word that it was not sent is written down as (``doubt.resolve``).
_VERDICT = "verdict"


class QueueFull(LimitReached):
    """The client has as many parts waiting as it may."""

    def __init__(self, message: str, over: int) -> None:
        super().__init__(QUEUE_FULL, message, 1)
        self.over = over
        """Parts that have to leave before this fits."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What comes in at once, all of one client."""

    client_id: int
    messages: int
    parts: int
    micros: int
    """What its parts cost."""


@dataclass(frozen=True, slots=True)
class Account:
    """How a client stands with the ``bill`` that was just written to its account."""

    bill: Bill
    at: datetime
    waiting: int
    """Parts of the messages that wait."""
    micros: int
    """Spent in the month of ``at``."""

    @property
    def client_id(self) -> int:
        """Whose account it is."""
        return self.bill.client_id


def month_of(at: datetime) -> int:
    """The month whose account a message accepted then (aware) goes to: 202611 is November 2026."""
    at = at.astimezone(UTC)
    return at.year * 100 + at.month


def bill_of(rows: Sequence[Mapping[str, Any]]) -> Bill:
    """The bill of new messages, at least one, all of one client."""
    parts = sum(row["parts"] for row in rows)
    micros = sum(row["parts"] * row["price"] for row in rows)
    return Bill(rows[0]["client_id"], len(rows), parts, micros)


def bill_of_staged(tx: Tx, batch: int) -> Bill | None:
    """The bill of what is staged of an array; None where that is nothing."""
    row = records.staged.first(tx, {"batch": batch})
    return None if row is None else Bill(*row)


def enter(tx: Tx, bill: Bill, at: datetime) -> Account:
    """Count what is accepted, and charge for it; return how the client stands then."""
    came = {"client_id": bill.client_id, "messages": bill.messages, "parts": bill.parts}
    cost = {"client_id": bill.client_id, "month": month_of(at), "parts": bill.parts, "micros": bill.micros}
    waiting = records.enter.scalar(tx, came)
    spent = records.charge.scalar(tx, cost)
    return Account(bill, at, waiting or 0, spent or 0)


def require_room(account: Account, limits: ClientLimits) -> None:
    """Raise QueueFull or LimitReached where ``account``, with its bill in it, is above ``limits``.

    Raises InvalidRequest where the bill alone is: it would never fit.
    """
    bill, cap, budget = account.bill, limits.queue_cap, limits.money_per_month
    if cap is not None and account.waiting > cap:
        if bill.parts > cap:
            words = f"has {bill.parts:,} parts, and at most {cap:,} of this client may wait"
            raise InvalidRequest([FieldError("", QUEUE_FULL, words)])
        words = f"{account.waiting - bill.parts:,} parts of this client wait, and at most {cap:,} may"
        raise QueueFull(words, account.waiting - cap)
    if budget is not None and account.micros > budget:
        cost, most = money.shown(bill.micros), money.shown(budget)
        if bill.micros > budget:
            words = f"costs {cost}, and this client may spend {most} a month"
            raise InvalidRequest([FieldError("", MONEY_SPENT, words)])
        spent = money.shown(account.micros - bill.micros)
        words = f"costs {cost}; this client has spent {spent} of {most} this month"
        raise LimitReached(MONEY_SPENT, words, _until_next_month(account.at))


def _until_next_month(at: datetime) -> int:
    at = at.astimezone(UTC)
    year, month = (at.year + 1, 1) if at.month == 12 else (at.year, at.month + 1)
    return int((datetime(year, month, 1, tzinfo=UTC) - at).total_seconds()) + 1


def follow(tx: Tx, row: Any, to: State, values: dict[str, Any]) -> None:
    """Keep the account as the message ``row`` goes to ``to``; ``values`` are its new columns, completed here."""
    waited, waits = row.state in _IN_QUEUE, to in _IN_QUEUE
    if waited and not waits:
        records.leave.change(tx, {"b_client_id": row.client_id, "b_parts": row.parts})
    elif waits and not waited:
        came = {"client_id": row.client_id, "messages": 1, "parts": row.parts}
        records.enter.scalar(tx, came)
    if row.charged is not None:
        values["charged"] = _payable(tx, row, to, values)
        _settle(tx, row, values["charged"] - row.charged)


def _payable(tx: Tx, row: Any, to: State, values: Mapping[str, Any]) -> int:
    """How many of its parts are to be paid for in state ``to``."""
    if to not in _UNSENT:
        return int(row.parts)
    if values["error"] == _VERDICT:
        return int(values["parts_sent"])
    if to == row.state:
        # Proof came for some of its parts.
        return int(max(row.charged, values["parts_sent"]))
    return len(turns.parts_of.all(tx, {"message_seq": row.seq})) if row.attempts else 0


def _settle(tx: Tx, row: Any, parts: int) -> None:
    """Charge ``parts`` more, or give them back."""
    if parts:
        cost = {"client_id": row.client_id, "month": month_of(row.created_at), "parts": parts}
        records.charge.scalar(tx, cost | {"micros": parts * (row.price or 0)})
