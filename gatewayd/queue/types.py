"""Types of messages: what kinds there are, what people call them, and what holds for messages of each.

A message's ``type`` is any word that its client likes; where it is the code of one of these, the type decides what
the message itself leaves open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gatewayd.audit import trail
from gatewayd.errors import FieldError, InvalidRequest, NotFound, PreconditionFailed
from gatewayd.message import Priority
from gatewayd.queue.records import types as records
from gatewayd.store.transaction import Tx

#: What a COMMIT is announced as after which types are others.
TYPES_TOPIC = "queue.types"
#: The languages that types have names in; the first stands in for the others.
LANGUAGES = ("en", "pt-BR", "es", "ca", "pl")
MAX_LABEL = 60  # characters
#: Longest validity, in seconds: as far as anything can be planned.
MAX_VALIDITY = 366 * 24 * 3600
MAX_KEEP_DAYS = 36_500

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}")
CODE_WORDS = "must be a word of up to 40 letters, digits and _ . : -"


@dataclass(frozen=True, slots=True)
class TypeDraft:
    """What somebody wants a type to be."""

    labels: Mapping[str, str]
    """Its name by language, one of ``LANGUAGES``."""
    priority: Priority | None = None
    """Of messages that name none; None: normal."""
    validity: int | None = None
    """Seconds after which messages without ``expires_at`` expire; None: as configured for all."""
    keep_days: int | None = None
    """Days for which text and numbers are kept; None: as configured for all."""
    secret: bool = False
    """Whether the text is wiped as soon as the message's state is final."""
    active: bool = True
    """Whether messages may have this type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageType(TypeDraft):
    """A type as it is kept."""

    code: str
    version: int
    """Counts its changes."""
    created_at: datetime
    updated_at: datetime


def every(tx: Tx) -> list[MessageType]:
    """All types by code."""
    return [_view(row) for row in records.every.all(tx, {})]


def find(tx: Tx, code: str) -> MessageType:
    """One type. Raises NotFound."""
    row = records.find.first(tx, {"code": code})
    if row is None:
        raise NotFound(f"there is no type {code}")
    return _view(row)


def put(
    tx: Tx, code: str, wanted: TypeDraft, *, version: int | None, actor: str, at: datetime
) -> tuple[MessageType, bool]:
    """Make the type ``code`` what is ``wanted``; return it, and whether it is new.

    ``version``: the one that whoever changes it has seen; None: whatever it is now. Raises InvalidRequest naming
    every wrong field, and PreconditionFailed where the type has changed since.
    """
    check(code, wanted)
    row = records.find.first(tx, {"code": code})
    require_version(row, version)
    before = None if row is None else _facts(_view(row))
    if before == _facts(wanted) and row is not None:
        return _view(row), False
    values = {
        **_facts(wanted),
        "labels": _encode(wanted.labels),
        "code": code,
        "version": 1 if row is None else row.version + 1,
        "created_at": at if row is None else row.created_at,
        "updated_at": at,
    }
    records.put.change(tx, values)
    trail.record(
        tx, actor=actor, action="type.put", object=f"type:{code}", before=before, after=_facts(wanted), at=at
    )
    tx.announce(TYPES_TOPIC)
    return find(tx, code), row is None


def delete(tx: Tx, code: str, *, version: int | None, actor: str, at: datetime) -> None:
    """Forget a type; messages keep its code as their type. Raises NotFound, and PreconditionFailed as ``put`` does."""
    known = find(tx, code)
    require_version(known, version)
    records.delete.change(tx, {"code": code})
    trail.record(tx, actor=actor, action="type.delete", object=f"type:{code}", before=_facts(known), at=at)
    tx.announce(TYPES_TOPIC)


def require_version(row: Any | None, version: int | None) -> None:
    """Raise PreconditionFailed unless ``row`` is there in this ``version``; None: whatever is there will do."""
    if version is not None and (row is None or row.version != version):
        raise PreconditionFailed


def check(code: str, wanted: TypeDraft) -> None:
    """Raise InvalidRequest where the type can't be as ``wanted``."""
    errors: list[FieldError] = []
    if not CODE.fullmatch(code):
        errors.append(FieldError("code", "format", CODE_WORDS))
    if not wanted.labels:
        errors.append(FieldError("labels", "required", f"needs a name in at least one of {_languages()}"))
    for language, label in wanted.labels.items():
        if language not in LANGUAGES:
            errors.append(FieldError("labels", "choice", f"{language!r} is none of {_languages()}"))
        elif not (1 <= len(label.strip()) <= MAX_LABEL and label.isprintable()):
            words = f"must have 1 to {MAX_LABEL} printable characters"
            errors.append(FieldError(f"labels.{language}", "length", words))
    if wanted.validity is not None and not 1 <= wanted.validity <= MAX_VALIDITY:
        errors.append(FieldError("validity", "range", f"must be 1 to {MAX_VALIDITY} seconds"))
    if wanted.keep_days is not None and not 0 <= wanted.keep_days <= MAX_KEEP_DAYS:
        errors.append(FieldError("keep_days", "range", f"must be 0 to {MAX_KEEP_DAYS} days"))
    if errors:
        raise InvalidRequest(errors)


def _languages() -> str:
    return ", ".join(LANGUAGES)


def _facts(type_: TypeDraft) -> dict[str, Any]:
    """What people decide about a type, as JSON can hold it."""
    priority = None if type_.priority is None else int(type_.priority)
    decided = {name: getattr(type_, name) for name in ("validity", "keep_days", "secret", "active")}
    return {"labels": dict(type_.labels), "priority": priority, **decided}


def _encode(labels: Mapping[str, str]) -> str:
    return json.dumps(dict(labels), ensure_ascii=False, separators=(",", ":"))


def _view(row: Any) -> MessageType:
    values = row._asdict()
    values["labels"] = json.loads(row.labels)
    values["priority"] = None if row.priority is None else Priority(row.priority)
    return MessageType(**values)
