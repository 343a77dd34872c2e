"""Managed batches: what comes in and what goes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from gatewayd.access import money
from gatewayd.api.wire.query import Flag, Limit
from gatewayd.api.wire.receipt_out import FieldErrorOut, field_errors_out
from gatewayd.api.wire.types import Incoming, Instant
from gatewayd.batches.sheets import ENCODINGS
from gatewayd.batches.states import Event, State
from gatewayd.batches.view import BatchDetail, BatchDraft, BatchView, Options, RowView
from gatewayd.message import Doubt, Order, Priority
from gatewayd.message import State as MessageState

#: Most rows of a JSON body; CSV and NDJSON may have as many as are configured.
MAX_OBJECTS = 10_000

StateName = Literal["draft", "checked", "approved", "running", "paused", "done", "cancelled"]
_PRIORITIES = {priority.label: priority for priority in Priority}


class BatchFields(Incoming):
    """What a batch says to whom, and how: in the query, as fields of a form, or beside `rows` in JSON."""

    name: str | None = Field(None, description="What people call it; left out: the file's name, or `batch`.")
    text: str | None = Field(
        None,
        description="The text, with `{{ column }}` where a column of the row belongs. Or else `template`.",
    )
    template: str | None = Field(
        None, min_length=1, max_length=40, description="Kind of an SMS template; the columns are its fields."
    )
    language: str | None = Field(None, description="Language of the template, or of numbers in the text.")
    recipient_column: str = Field("to", min_length=1, max_length=60, description="Who gets it.")
    reference_column: str | None = Field(
        None, min_length=1, max_length=60, description="Each message's reference."
    )
    type: str | None = Field(
        None, min_length=1, max_length=40, description="Left out: the template's kind, or else `message`."
    )
    priority: Literal["emergency", "high", "normal", "bulk"] | None = Field(
        None, description="Left out: the type's, or else `bulk`."
    )
    send_at: Instant | None = Field(None, description="Not before this moment.")
    expires_at: Instant | None = Field(None, description="Not after this moment.")
    encoding: Literal["auto", "gsm7", "ucs2"] = "auto"
    transliterate: Flag = False
    flash: Flag = False
    report: Flag = False
    modem: str | None = Field(None, min_length=1, max_length=32)
    in_doubt: Literal["hold", "resend", "assume_sent"] | None = None
    order: Literal["relaxed", "strict"] = "relaxed"

    def draft(self, name: str) -> BatchDraft:
        """Return it as the domain takes it; ``name``: what it is called where that isn't said."""
        options = Options(
            type=self.type,
            priority=None if self.priority is None else _PRIORITIES[self.priority],
            send_at=self.send_at,
            expires_at=self.expires_at,
            encoding=self.encoding,
            transliterate=self.transliterate,
            flash=self.flash,
            report=self.report,
            modem=self.modem,
            in_doubt=None if self.in_doubt is None else Doubt(self.in_doubt),
            order=Order(self.order),
            reference_column=self.reference_column,
        )
        return BatchDraft(
            self.name if self.name is not None else name,
            self.recipient_column,
            self.text,
            self.template,
            self.language,
            options,
        )


class BatchFileFields(BatchFields):
    """The same, with how the file is written."""

    file_encoding: str = Field("utf-8", description=f"Of CSV: {', '.join(ENCODINGS)}.")
    delimiter: str | None = Field(
        None, description="Of CSV: `,`, `;` or `tab`; left out: whichever the first row has most of."
    )


class BatchIn(BatchFields):
    """A batch as one JSON object."""

    rows: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MAX_OBJECTS,
        description="One object for each recipient; the keys of the first are the columns.",
    )


class BatchForm(BatchFileFields):
    """A batch as a form."""

    file: str = Field(
        description="The CSV, whose first row names the columns.", json_schema_extra={"format": "binary"}
    )


class SteerIn(Incoming):
    """A deed that is to be accounted for."""

    reason: str | None = Field(None, min_length=1, max_length=500, description="Why, for the audit.")


class GoOnIn(SteerIn):
    """A deed after which more of a batch is sent."""

    restored: bool = Field(
        False,
        description="It comes from a copy of the database (`copied_at`), and is to be sent though the original may "
        "have sent it: its messages are marked as possible duplicates.",
    )


class BatchQuery(Incoming):
    """Which batches."""

    state: list[StateName] = Field([], description="One or several states.")
    limit: Limit = 100
    cursor: str | None = Field(None, max_length=20, description="`next` of the page before.")


class RowQuery(Incoming):
    """Which rows of a batch."""

    errors: Flag = Field(False, description="Only those that can't be sent.")
    limit: Limit = 100
    cursor: str | None = Field(None, max_length=20, description="`next` of the page before.")


class BatchOut(TypedDict):
    """A batch."""

    id: str
    client: str
    name: str
    state: State
    version: int
    possible: list[Event]
    """What may be done to it now."""
    reason: str | None
    """Of who steered it last; `restored`: nobody did, it comes from a copy."""
    copied_at: datetime | None
    """It comes from a copy of the database that was made then; the original may have sent more of it since."""
    columns: list[str]
    recipient_column: str
    text: str | None
    template: str | None
    """The version that it was checked with, or else the kind that was asked for."""
    language: str | None
    type: str | None
    priority: str | None
    send_at: datetime | None
    expires_at: datetime | None
    modem: str | None
    rows: int
    checked: int
    good: int
    wrong: int
    parts: int
    price: str | None
    """Of all good rows; null: nothing has a price."""
    submitted: int
    needs_second_person: bool
    created_at: datetime
    created_by: str
    updated_at: datetime
    approved_at: datetime | None
    approved_by: str | None
    started_at: datetime | None
    finished_at: datetime | None


class BatchDetailOut(BatchOut):
    """A batch with how it goes."""

    skipped: int
    problems: dict[str, int]
    """Rows that can't be sent, by the code of their first error."""
    messages: dict[MessageState, int]
    ends_at: datetime | None
    """When its last part would leave, as things stand."""
    currency: str | None


class BatchesOut(TypedDict):
    """Some batches, newest first."""

    batches: list[BatchOut]
    next: str | None


class RowOut(TypedDict):
    """A row with its verdict."""

    number: int
    state: str
    cells: list[str]
    to: str | None
    text: str | None
    parts: int | None
    errors: list[FieldErrorOut]
    message_id: str | None
    message_state: MessageState | None


class RowsOut(TypedDict):
    """Some rows in their order."""

    rows: list[RowOut]
    next: str | None


def batch_out(view: BatchView) -> BatchOut:
    """Write down a batch."""
    options = view.options
    return {
        "id": view.id,
        "client": view.client,
        "name": view.name,
        "state": view.state,
        "version": view.version,
        "possible": list(view.possible),
        "reason": view.reason,
        "copied_at": view.copied_at,
        "columns": list(view.columns),
        "recipient_column": view.recipient_column,
        "text": view.text,
        "template": view.template_label or view.template,
        "language": view.language,
        "type": options.type,
        "priority": None if options.priority is None else options.priority.label,
        "send_at": options.send_at,
        "expires_at": options.expires_at,
        "modem": options.modem,
        "rows": view.rows,
        "checked": view.checked,
        "good": view.good,
        "wrong": view.wrong,
        "parts": view.parts,
        "price": None if view.price is None else money.shown(view.price),
        "submitted": view.submitted,
        "needs_second_person": view.needs_second_person,
        "created_at": view.created_at,
        "created_by": view.created_by,
        "updated_at": view.updated_at,
        "approved_at": view.approved_at,
        "approved_by": view.approved_by,
        "started_at": view.started_at,
        "finished_at": view.finished_at,
    }


def batch_detail_out(detail: BatchDetail) -> BatchDetailOut:
    """Write down a batch with how it goes."""
    messages: Mapping[MessageState, int] = detail.messages
    return {
        **batch_out(detail.batch),
        "skipped": detail.batch.skipped,
        "problems": dict(detail.problems),
        "messages": dict(messages),
        "ends_at": detail.ends_at,
        "currency": detail.currency,
    }


def row_out(row: RowView) -> RowOut:
    """Write down a row."""
    return {
        "number": row.number,
        "state": row.state,
        "cells": list(row.cells),
        "to": row.to,
        "text": row.text,
        "parts": row.parts,
        "errors": field_errors_out(row.errors),
        "message_id": row.message_id,
        "message_state": row.message_state,
    }
