"""Managed batches as others ask for them and see them. Plain shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gatewayd.batches.states import Event, State
from gatewayd.errors import FieldError
from gatewayd.message import Doubt, Order, Priority
from gatewayd.message import State as MessageState


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for each message of a batch; see ``queue.draft.Draft``."""

    type: str | None = None
    """None: the template's kind, or else ``message``."""
    priority: Priority | None = None
    """None: the type's, or else bulk."""
    send_at: datetime | None = None
    """Not before this (aware)."""
    expires_at: datetime | None = None
    """Not after this (aware)."""
    encoding: str = "auto"
    transliterate: bool = False
    flash: bool = False
    report: bool = False
    modem: str | None = None
    in_doubt: Doubt | None = None
    order: Order = Order.RELAXED
    reference_column: str | None = None
    """The column that holds each message's reference."""


@dataclass(frozen=True, slots=True)
class BatchDraft:
    """A batch as somebody asks for it, but for its rows. Either ``text`` or ``template`` is given."""

    name: str
    """What people call it."""
    recipient_column: str = "to"
    text: str | None = None
    """With ``{{ column }}`` in it."""
    template: str | None = None
    """Kind of an SMS template; the columns are its fields."""
    language: str | None = None
    """Of the template, or of numbers and dates in the text."""
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch as anybody may see it who may see it at all."""

    id: str
    client: str
    """The name of the client that its messages belong to."""
    name: str
    state: State
    version: int
    """Counts the changes of its state."""
    possible: tuple[Event, ...]
    """What may be done to it now."""
    reason: str | None
    """What the person who steered it last gave as the reason; ``restored``: nobody did, it comes from a copy."""
    copied_at: datetime | None
    """It comes from a copy of the database that was made then: the original may have sent more of it since."""
    columns: tuple[str, ...]
    recipient_column: str
    text: str | None
    template: str | None
    language: str | None
    template_label: str | None
    """The version of the template that it was checked with."""
    options: Options
    created_at: datetime
    created_by: str
    updated_at: datetime
    approved_at: datetime | None
    approved_by: str | None
    started_at: datetime | None
    finished_at: datetime | None
    rows: int
    checked: int
    """Rows that have been checked."""
    good: int
    """Rows that can be sent."""
    parts: int
    """Of all good rows."""
    price: int | None
    """Of all good rows, in millionths of the currency; None: nothing has a price."""
    submitted: int
    """Rows that became messages."""
    skipped: int
    """Good rows that could not become messages any more when their turn came."""
    needs_second_person: bool
    """Whether only somebody who did not make it may approve it."""

    @property
    def wrong(self) -> int:
        """Rows that can't be sent."""
        return self.checked - self.good


@dataclass(frozen=True, slots=True)
class BatchDetail:
    """A batch with what takes longer to find out."""

    batch: BatchView
    problems: Mapping[str, int]
    """Rows that can't be sent by the code of their first error: ``duplicate``, ``opted_out`` …"""
    messages: Mapping[MessageState, int]
    """Its messages by their state."""
    ends_at: datetime | None
    """When its last part would leave, as things stand; None where that can't be told, or doesn't matter any more."""
    currency: str | None


@dataclass(frozen=True, slots=True)
class RowView:
    """One row with its verdict."""

    number: int
    """1 is the first after the names of the columns."""
    state: str
    """``new``, ``good``, ``wrong``, ``submitted`` or ``skipped``."""
    cells: tuple[str, ...]
    """What came; empty once it is a message."""
    to: str | None
    """E.164."""
    text: str | None
    parts: int | None
    errors: tuple[FieldError, ...]
    """Each with the column that it is about."""
    message_id: str | None
    message_state: MessageState | None


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Some batches, newest first."""

    batches: tuple[BatchView, ...]
    next: int | None
    """What the next page begins before; None at the end."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows in their order."""

    rows: tuple[RowView, ...]
    next: int | None
    """The number behind which the next page begins; None at the end."""
