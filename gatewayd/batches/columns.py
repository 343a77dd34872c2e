"""Columns: what they are called in the file, and what texts call them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from gatewayd.errors import FieldError

MAX_COLUMNS = 50
MAX_NAME = 60

_NOT_WORD = re.compile(r"[^A-Za-z0-9_]+")


def field_of(column: str) -> str:
    """What a text calls a column: `Valor da conta (R$)` is ``Valor_da_conta_R``."""
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
    word = _NOT_WORD.sub("_", plain).strip("_")
    return f"_{word}" if word[:1].isdigit() else word


def errors_of(columns: Sequence[str]) -> list[FieldError]:
    """What is wrong with the names of columns."""
    errors = []
    if not 1 <= len(columns) <= MAX_COLUMNS:
        return [FieldError("columns", "too_many", f"must be 1 to {MAX_COLUMNS}, not {len(columns)}")]
    seen: dict[str, str] = {}
    for position, column in enumerate(columns, 1):
        word = field_of(column)
        if not word or len(column) > MAX_NAME or not column.isprintable():
            words = f"column {position} needs a name of up to {MAX_NAME} characters in the first row"
            errors.append(FieldError("columns", "format", words))
        elif word in seen:
            words = f"{column!r} and {seen[word]!r} are the same name: texts would call both {word!r}"
            errors.append(FieldError("columns", "duplicate", words))
        seen.setdefault(word, column)
    return errors


def position_of(wanted: str, columns: Sequence[str]) -> int | None:
    """Where the column of that name, as the file or as texts call it, stands; None: nowhere."""
    for position, column in enumerate(columns):
        if wanted in (column, field_of(column)):
            return position
    return None
