"""The verdict on one row: its text is made, and the queue says whether it would take the message."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gatewayd.batches.columns import field_of, position_of
from gatewayd.batches.shaping import decode_options
from gatewayd.batches.view import Options
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.message import Doubt, Priority
from gatewayd.queue.admission import Prepared
from gatewayd.queue.draft import Draft, Rejected
from gatewayd.queue.service import Queue
from gatewayd.templates.service import Templates
from gatewayd.templates.view import Channel

#: The state of a row that isn't even of the right form; shown as ``wrong``.
MALFORMED = "malformed"

#: Stands in for what can't be made, so that the rest can be looked at; never sent.
STAND_IN_TEXT = "x"
STAND_IN_NUMBER = "+34600000000"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a row."""

    state: str
    """``good`` or ``wrong``."""
    recipient: str | None = None
    """E.164, as far as it could be read."""
    text: str | None = None
    prepared: Prepared | None = None
    """Of a good one."""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """What makes a row's text."""

    fill: Callable[[Sequence[str]], str]
    """From its cells. Raises InvalidRequest naming the columns."""
    kind: str
    """The type of messages that name none."""
    label: str | None
    """The version of the template."""


def draft_of(options: Options, to: str, text: str, wording: Wording, *, priority: Priority | None) -> Draft:
    """The message of one row."""
    return Draft(
        to=to,
        text=text,
        type=options.type or wording.kind,
        priority=priority,
        send_at=options.send_at,
        expires_at=options.expires_at,
        encoding=options.encoding,
        transliterate=options.transliterate,
        flash=options.flash,
        report=options.report,
        modem=options.modem,
        in_doubt=None if options.in_doubt is None else Doubt(options.in_doubt),
        order=options.order,
        template=wording.label,
    )


class Checker:
    """Checks the rows of one batch, as they come; ``make`` makes it."""

    def __init__(self, row: Any, wording: Wording, queue: Queue) -> None:
        self._queue = queue
        self._client_id = row.client_id
        self._columns: list[str] = json.loads(row.columns)
        self._to = _position(row.recipient_column, self._columns)
        options = decode_options(row.options)
        reference = options.reference_column
        self._reference = None if reference is None else _position(reference, self._columns)
        self.wording = wording
        self.pattern = draft_of(options, "", "", wording, priority=self._priority(options))
        self._seen: dict[int, int] = {}

    def _priority(self, options: Options) -> Priority | None:
        if options.priority is not None:
            return options.priority
        type_ = self._queue.types.known.get(options.type or self.wording.kind)
        return None if type_ is not None and type_.priority is not None else Priority.BULK

    def remember(self, number: int, recipient: str) -> None:
        """Take note of a recipient that was checked before."""
        self._seen.setdefault(int(recipient), number)

    def check(self, row: Any) -> Verdict:
        """The verdict on a row; call ``queue.refresh`` before the first of many."""
        cells: list[str] = json.loads(row.fields)
        errors: list[FieldError] = []
        text = STAND_IN_TEXT
        try:
            text = self.wording.fill(cells)
        except InvalidRequest as invalid:
            errors += invalid.errors
        found = self._queue.try_row(self.draft(cells, text), self._client_id)
        if isinstance(found, Rejected):
            errors = [self._named(error) for error in found.errors] + errors
            return Verdict("wrong", errors=tuple(errors))
        if not errors:
            errors = self._duplicate(row.number, found.recipient)
        if errors:
            return Verdict("wrong", found.recipient, errors=tuple(errors))
        return Verdict("good", found.recipient, text, found)

    def draft(self, cells: Sequence[str], text: str) -> Draft:
        """The message of a row."""
        reference = None if self._reference is None else cells[self._reference].strip() or None
        pattern = self.pattern
        # As `replace` would; this takes half the time, a hundred thousand times.
        return Draft(
            cells[self._to],
            text,
            pattern.type,
            pattern.priority,
            pattern.send_at,
            pattern.expires_at,
            pattern.encoding,
            pattern.transliterate,
            pattern.flash,
            pattern.report,
            pattern.modem,
            reference,
            pattern.in_doubt,
            pattern.order,
            pattern.template,
        )

    def draft_of_row(self, row: Any) -> Draft:
        """The message of a row that was checked, as it was approved."""
        return replace(self.draft(json.loads(row.fields), row.text), to=row.recipient)

    def _named(self, error: FieldError) -> FieldError:
        """An error of the queue's, with the column that it is about."""
        if error.field == "to":
            return replace(error, field=self._columns[self._to])
        if error.field == "reference" and self._reference is not None:
            return replace(error, field=self._columns[self._reference])
        return error

    def _duplicate(self, number: int, recipient: str) -> list[FieldError]:
        # Numbers take a quarter of the room of their texts, and there may be a hundred thousand.
        first = self._seen.setdefault(int(recipient), number)
        if first == number:
            return []
        words = f"is the recipient of row {first} already"
        return [FieldError(self._columns[self._to], "duplicate", words)]


def _position(column: str, columns: Sequence[str]) -> int:
    found = position_of(column, columns)
    if found is None:
        raise LookupError(column)  # it was there when the batch was made
    return found


async def wording_of(row: Any, templates: Templates) -> Wording:
    """What makes the texts of a batch. Raises InvalidRequest where that can't be: naming text, template, language."""
    columns: list[str] = json.loads(row.columns)
    if row.template is not None:
        return await _by_template(row.template, row.language, columns, templates)
    return _by_text(row.text, row.language, columns, templates)


async def _by_template(
    kind: str, language: str | None, columns: Sequence[str], templates: Templates
) -> Wording:
    template = await templates.ready(kind, Channel.SMS, language)
    places = {field_of(column): position for position, column in enumerate(columns)}
    named = {field.name: columns[places[field.name]] for field in template.fields if field.name in places}
    missing = [field.name for field in template.fields if field.required and field.name not in places]
    if missing:
        words = f"the template {kind!r} needs a column {', '.join(map(repr, missing))}"
        raise InvalidRequest([FieldError("columns", "required", words)])
    taken = [(name, places[name]) for name in named]

    def fill(cells: Sequence[str]) -> str:
        given = {name: cells[position] for name, position in taken}
        try:
            return template.render(given, templates.region, prefix="").text
        except InvalidRequest as invalid:
            errors = [replace(e, field=named.get(e.field, "text")) for e in invalid.errors]
            raise InvalidRequest(errors) from None

    return Wording(fill, kind, template.label)


def _by_text(text: str, language: str | None, columns: Sequence[str], templates: Templates) -> Wording:
    names = [field_of(column) for column in columns]
    source = templates.source(text, names, language)
    used = [(name, position) for position, name in enumerate(names) if name in source.used]

    def fill(cells: Sequence[str]) -> str:
        values = {name: cells[position].strip() for name, position in used}
        empty = [columns[position] for name, position in used if not values[name]]
        if empty:
            words = "is empty, and the text needs it"
            raise InvalidRequest([FieldError(column, "required", words) for column in empty])
        return source.fill(values)

    return Wording(fill, "message", None)


def unmade(row: Any, errors: Sequence[FieldError]) -> Wording:
    """For a batch whose texts are made already, or can't be because of ``errors``."""

    def fill(_cells: Sequence[str]) -> str:
        raise InvalidRequest(list(errors))

    return Wording(fill, row.template or "message", row.template_label)
