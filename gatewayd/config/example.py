"""A configuration with every option, made from the models."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gatewayd.config.model import SECTIONS
from gatewayd.config.shape import default_of, nested, options, summary, toml, type_of

_INTRODUCTION = """\
# gatewayd's configuration, with every option. What is commented out shows the default, or an example
# where there is none. `gatewayd config example` prints this file, `gatewayd config check` checks yours.
"""

#: What is written where a value says more than a placeholder.
_VALUES: dict[str, Any] = {
    "modem.name": "phone1",
    "modem.port": "/dev/serial/by-id/usb-…",
    "route.name": "portugal",
    "route.modems": ["phone1"],
    "route.prefixes": ["+351"],
    "recipients.region": "ES",
    "recipients.countries": ["ES", "PT"],
    "queue.validity": 86400.0,
    "prices.countries": {"ES": 0.045, "PT": 0.06},
    "prices.prefixes": {"+34600": 0.03},
    "clients.money_per_month": 250.0,
    "clients.queue_cap": 20_000,
    "clients.requests_per_minute": 600,
    "mail_in.bind": ["127.0.0.1:2525"],
    "mail_in.domains": ["sms.example.org"],
    "mail_sender.name": "monitoring",
    "mail_sender.addresses": ["nagios@example.org"],
    "on_call.name": "night",
    "on_call.recipients": ["+34600123456"],
    "on_call.client": "alertmanager",
    "on_call.quiet_hours": "22:00-07:00",
}
_PLACEHOLDERS = {"secret": '{ credential = "…" }', "whole number": "100", "number": "1.0"}
_WIDTH = 110


def example() -> str:
    """The file's text. It is valid as it is, and means the defaults and one modem."""
    parts = [_INTRODUCTION]
    for name, section in SECTIONS.items():
        # A modem is what nearly everybody configures; the other arrays of tables nobody has to.
        off = "#" if section.many and name != "modem" else ""
        title = f"[[{name}]]" if section.many else f"[{name}]"
        parts.append(_table(f"{off}{title}", name, section.model, off, summary(section.model)))
        for key, model, purpose in nested(section.model):
            parts.append(_table(f"#[{name}.{key}]", f"{name}.{key}", model, "#", purpose))
    return "\n".join(parts)


def _table(title: str, where: str, model: type[BaseModel], off: str, purpose: str) -> str:
    lines = [*_comment(purpose), title]
    for key, field in options(model):
        lines += _comment(field.description or "")
        lines.append(_option(f"{where}.{key}", key, field, off))
    return "\n".join(lines) + "\n"


def _option(path: str, key: str, field: FieldInfo, off: str) -> str:
    value = _VALUES.get(path)
    if value is not None:
        # What has to be there stands there; an example of what may be left out does not.
        needed = field.is_required() or path == "modem.port"
        return f"{off if needed else '#'}{key} = {toml(value)}"
    return f"#{key} = {default_of(field) or _placeholder(type_of(field.annotation))}"


def _placeholder(words: str) -> str:
    return _PLACEHOLDERS.get(words, '"…"')


def _comment(text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )
