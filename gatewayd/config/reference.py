"""The configuration written down for people, from its own models: so it can't be out of date."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from gatewayd.config.model import SECTIONS, Section

#: What stands in the example where there is no default.
_EXAMPLES: dict[str, Any] = {
    "modem.name": "phone1",
    "modem.port": "/dev/serial/by-id/usb-…",
    "route.name": "portugal",
    "route.modems": ["phone1"],
    "route.prefixes": ["+351"],
}
_INTRODUCTION = """\
# Configuration

gatewayd reads one TOML file: `gatewayd serve --config FILE`, or the file that `GATEWAYD_CONFIG` names. Everything
has a default, so an empty file is valid. `gatewayd config check` names everything that is wrong with a file,
`gatewayd config example` prints one with every option. This page is made from the program by `make docs`.

At SIGHUP (`systemctl reload gatewayd`) the file is read again. The log, the rules for recipients and the modems'
intervals change at once; the log names what else was changed and needs a restart.

A secret may stand in the file as text, or outside of it: `{ file = "PATH" }` is the content of a file,
`{ credential = "NAME" }` that of a credential which systemd passes (`LoadCredential=`).

Relative paths are relative to the directory in which gatewayd is started.
"""


def reference() -> str:
    """The reference of all options, as Markdown."""
    chapters = [_chapter(name, section) for name, section in SECTIONS.items()]
    return "\n".join([_INTRODUCTION, *chapters])


def _chapter(name: str, section: Section) -> str:
    title = f"## [[{name}]]" if section.many else f"## [{name}]"
    text = f"{title}\n\n{_summary(section.model)}\n\n{_table(section.model)}"
    for key, model in _nested(section.model):
        text += f"\n### [{name}.{key}]\n\n{_summary(model)}\n\n{_table(model)}"
    return text


def _table(model: type[BaseModel]) -> str:
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for key, field in model.model_fields.items():
        if _model_of(field) is not None:
            continue
        meaning = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{key}` | {_type(field.annotation)} | {_default(field)} | {meaning} |")
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def _summary(model: type[BaseModel]) -> str:
    """The first paragraph of the model's docstring, without the section's own name in front."""
    text = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    words = text.partition("`: ")[2] if text.startswith("`[") else text
    return (words[:1].upper() + words[1:]).replace("``", "`")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "" if value is None else f"`{_toml(value)}`"


def _type(annotation: Any) -> str:
    """A type in words."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(argument) for argument in arguments if argument is not type(None))
    if origin is typing.Literal:
        return " or ".join(f"`{argument}`" for argument in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    names = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        str: "text",
        Path: "path",
        SecretStr: "secret",
    }
    return names[annotation]


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case enum.Enum():
            return _toml(value.value)
        case int():
            return str(value)
        case float():
            return repr(value)
        case str() | Path():
            return f'"{value}"'
        case tuple() | list():
            return "[" + ", ".join(map(_toml, value)) + "]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _nested(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for key, field in model.model_fields.items():
        if (inner := _model_of(field)) is not None:
            yield key, inner


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def example() -> str:
    """A valid configuration with every option; what may be left out is commented out, with its default."""
    lines = [
        "# gatewayd's configuration, with every option. What is commented out shows the default, or an example",
        "# where there is none. `gatewayd config example` prints this file, `gatewayd config check` checks yours.",
    ]
    for name, section in SECTIONS.items():
        lines += ["", *_wrapped(_summary(section.model))]
        # A modem is what nearly everybody configures; the other arrays of tables nobody has to.
        off = "#" if section.many and name != "modem" else ""
        lines.append(f"{off}[[{name}]]" if section.many else f"[{name}]")
        lines += _options(name, section.model, off)
        for key, model in _nested(section.model):
            lines += [
                "",
                *_wrapped(_summary(model)),
                f"#[{name}.{key}]",
                *_options(f"{name}.{key}", model, "#"),
            ]
    return "\n".join(lines) + "\n"


def _options(where: str, model: type[BaseModel], off: str) -> Iterator[str]:
    for key, field in model.model_fields.items():
        if _model_of(field) is not None:
            continue
        yield from _wrapped(field.description or "")
        given = _EXAMPLES.get(f"{where}.{key}")
        if given is not None:
            yield f"{off}{key} = {_toml(given)}"
        elif field.is_required() or field.get_default(call_default_factory=True) is None:
            yield f"#{key} = {_placeholder(field.annotation)}"
        else:
            yield f"#{key} = {_toml(field.get_default(call_default_factory=True))}"


def _placeholder(annotation: Any) -> str:
    """What a value could look like."""
    words = _type(annotation)
    if words.startswith("list"):
        return "[…]"
    return {"secret": '{ credential = "…" }', "whole number": "0", "number": "0.0"}.get(words, '"…"')


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 110, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
