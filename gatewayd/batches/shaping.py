"""Between rows of the tables and plain shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from gatewayd.batches.states import State, possible
from gatewayd.batches.view import BatchView, Options, RowView
from gatewayd.errors import FieldError
from gatewayd.message import Doubt, Order, Priority
from gatewayd.message import State as MessageState

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(value: Any) -> str:
    """Write down what JSON can hold."""
    return _encode(value)


def encode_errors(errors: Iterable[FieldError]) -> str | None:
    """Write errors down; None where there are none."""
    listed = [[error.field, error.code, error.message] for error in errors]
    return _encode(listed) if listed else None


def decode_errors(text: str | None) -> tuple[FieldError, ...]:
    """Read errors back."""
    return () if text is None else tuple(FieldError(*error) for error in json.loads(text))


def encode_options(options: Options) -> str:
    """Write options down, those that say something."""
    said: dict[str, Any] = {}
    for each in fields(Options):
        value = getattr(options, each.name)
        if value != each.default:
            said[each.name] = value.isoformat() if isinstance(value, datetime) else value
    return _encode(said)


def decode_options(text: str) -> Options:
    """Read options back."""
    said = json.loads(text)
    for name in ("send_at", "expires_at"):
        if name in said:
            said[name] = datetime.fromisoformat(said[name])
    for name, kind in (("priority", Priority), ("in_doubt", Doubt), ("order", Order)):
        if name in said:
            said[name] = kind(said[name])
    return Options(**said)


def batch_view(row: Any, *, approval_above: int, skipped: int) -> BatchView:
    """A batch's row, joined with its client's name, as it is shown."""
    state = State(row.state)
    same = {
        each.name: getattr(row, each.name)
        for each in fields(BatchView)
        if each.name not in ("state", "possible", "columns", "options", "skipped", "needs_second_person")
    }
    return BatchView(
        **same,
        state=state,
        possible=possible(state),
        columns=tuple(json.loads(row.columns)),
        options=decode_options(row.options),
        skipped=skipped,
        needs_second_person=row.good > approval_above,
    )


def row_view(row: Any) -> RowView:
    """A row with its verdict, joined with its message's state, as it is shown."""
    return RowView(
        number=row.number,
        state="wrong" if row.state == "malformed" else row.state,
        cells=() if row.fields is None else tuple(json.loads(row.fields)),
        to=row.whom,
        text=row.text,
        parts=row.parts,
        errors=decode_errors(row.errors),
        message_id=row.message_id,
        message_state=None if row.message_state is None else MessageState(row.message_state),
    )


def decode_counts(text: str) -> Mapping[MessageState, int]:
    """Read back how many messages were in which state."""
    return {MessageState(state): count for state, count in json.loads(text).items()}


def decode_routes(text: str) -> Mapping[str, int]:
    """Read back how many parts leave by which route."""
    routes: dict[str, int] = json.loads(text)
    return routes
