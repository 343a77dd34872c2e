"""What is in force: every key with its value, and whether the file or the default says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr

from gatewayd.config.model import SECTIONS, Config
from gatewayd.config.problems import is_secret
from gatewayd.config.shape import nested, options, toml
from gatewayd.web.configured import Setting


def effective(config: Config) -> tuple[Setting, ...]:
    """Every key of every section, in the order of the reference."""
    return tuple(setting for name in SECTIONS for setting in _of_section(name, config))


def _of_section(name: str, config: Config) -> Iterator[Setting]:
    section = SECTIONS[name]
    value: Any = getattr(config, section.attribute)
    if not section.many:
        yield from _of_table(name, value)
        return
    for number, table in enumerate(value, start=1):
        yield from _of_table(f"{name} {getattr(table, 'name', number)}", table)


def _of_table(where: str, table: BaseModel) -> Iterator[Setting]:
    for key, field in options(type(table)):
        value = getattr(table, key)
        yield Setting(
            section=where,
            key=key,
            value=_shown(value, secret=is_secret(field.annotation)),
            configured=key in table.model_fields_set,
            meaning=field.description or "",
        )
    for key, _model, _text in nested(type(table)):
        inner = getattr(table, key)
        if isinstance(inner, BaseModel):
            yield from _of_table(f"{where}.{key}", inner)


def _shown(value: Any, *, secret: bool) -> str:
    if value is None:
        return ""
    if secret or isinstance(value, SecretStr):
        return "••••••"
    try:
        return toml(value)
    except TypeError:
        # Tables of pairs, such as an on-call list's labels.
        return str(value)
