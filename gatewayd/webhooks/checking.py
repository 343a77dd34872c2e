"""Whether what somebody wants of a webhook can be: every wrong field at once."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.store.transaction import Tx
from gatewayd.webhooks import records
from gatewayd.webhooks.kinds import complaint, sees_inbox
from gatewayd.webhooks.signing import secret_complaint
from gatewayd.webhooks.view import Caller, Changes, Draft

_MOST_PATTERNS: Final = 50
_LONGEST_PATTERN: Final = 64
_LONGEST_DESCRIPTION: Final = 200


@dataclass(frozen=True, slots=True)
class Owners:
    """Names made numbers."""

    client_id: int | None
    """Whose webhook it is; None: the gateway's."""
    clients: list[int] | None
    """Whose events it gets; None: all that its owner may see."""


def check_draft(tx: Tx, draft: Draft, caller: Caller) -> Owners:
    """Check a new webhook (but for its URL, which is none of the database's). Raises InvalidRequest."""
    errors: list[FieldError] = []
    client_id = _owner(tx, draft.client, caller, errors)
    clients = _clients(tx, draft.clients, client_id is None, errors)
    errors += _event_errors(draft.events, caller)
    errors += _description_errors(draft.description)
    if draft.secret is not None and (words := secret_complaint(draft.secret)):
        errors.append(FieldError("secret", "format", words))
    if errors:
        raise InvalidRequest(errors)
    return Owners(client_id, clients)


def check_changes(tx: Tx, row: Any, changes: Changes, caller: Caller) -> list[int] | None:
    """Check changes to the webhook ``row``; return the numbers of its clients. Raises InvalidRequest."""
    errors: list[FieldError] = []
    clients = _clients(tx, changes.clients, row.client_id is None, errors)
    if changes.events is not None:
        errors += _event_errors(changes.events, caller)
    if changes.description is not None:
        errors += _description_errors(changes.description)
    if errors:
        raise InvalidRequest(errors)
    return clients


def _owner(tx: Tx, name: str | None, caller: Caller, errors: list[FieldError]) -> int | None:
    if name is None:
        return caller.client_id
    number: int | None = records.client_number.scalar(tx, {"name": name})
    if number is None or caller.client_id not in (None, number):
        errors.append(FieldError("client", "unknown", "there is no such client, or it is not yours"))
    return number


def _clients(
    tx: Tx, names: Sequence[str] | None, gateways: bool, errors: list[FieldError]
) -> list[int] | None:
    if names is None:
        return None
    if not gateways:
        words = "is for webhooks of the whole gateway; a client's own is told of that client's events alone"
        errors.append(FieldError("clients", "not_allowed", words))
        return None
    known = {row.name: row.id for row in records.client_names.all(tx, {})}
    for place, name in enumerate(names):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            errors.append(FieldError(f"clients.{place}", "unknown", f"there is no client {name!r}{meant}"))
    return sorted({known[name] for name in names if name in known})


def _event_errors(patterns: Sequence[str], caller: Caller) -> list[FieldError]:
    if not 1 <= len(patterns) <= _MOST_PATTERNS:
        return [FieldError("events", "length", f"must be 1 to {_MOST_PATTERNS} kinds of events")]
    errors = [
        FieldError(f"events.{place}", "format", words)
        for place, pattern in enumerate(patterns)
        if (words := _pattern_complaint(pattern))
    ]
    if not errors and sees_inbox(patterns) and not caller.may_read_inbox:
        words = "received messages need a token with the scope inbox"
        errors.append(FieldError("events", "scope_required", words))
    return errors


def _pattern_complaint(pattern: str) -> str | None:
    if len(pattern) > _LONGEST_PATTERN:
        return f"must have at most {_LONGEST_PATTERN} characters"
    return complaint(pattern)


def _description_errors(text: str) -> list[FieldError]:
    if len(text) <= _LONGEST_DESCRIPTION and (not text or text.isprintable()):
        return []
    words = f"must be at most {_LONGEST_DESCRIPTION} printable characters"
    return [FieldError("description", "format", words)]
