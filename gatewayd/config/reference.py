"""The reference of all options as Markdown, made from the models: so it can't be out of date."""

from __future__ import annotations

from pydantic import BaseModel

from gatewayd.config.model import SECTIONS, Section
from gatewayd.config.shape import default_of, nested, options, summary, type_of

_INTRODUCTION = """\
# Configuration

gatewayd reads one TOML file: `gatewayd serve --config FILE`, or the file that `GATEWAYD_CONFIG` names. Everything
has a default, so an empty file is valid. `gatewayd config check` names everything that is wrong with a file,
`gatewayd config example` prints one with every option. This page is made from the program by `make docs`.

At SIGHUP (`systemctl reload gatewayd`) the file is read again. The log, the rules for recipients, the limits of
clients, the prices, the on-call lists and the modems' intervals change at once; the log names what else was changed
and needs a restart.

A secret may stand in the file as text, or outside of it: `{ file = "PATH" }` is the content of a file,
`{ credential = "NAME" }` that of a credential which systemd passes (`LoadCredential=`).

Relative paths are relative to the directory in which gatewayd is started.
"""


def reference() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *(_chapter(name, section) for name, section in SECTIONS.items())])


def _chapter(name: str, section: Section) -> str:
    title = f"[[{name}]]" if section.many else f"[{name}]"
    text = f"## {title}\n\n{summary(section.model)}\n{_table(section.model)}"
    for key, model, purpose in nested(section.model):
        text += f"\n### [{name}.{key}]\n\n{purpose}\n{_table(model)}"
    return text


def _table(model: type[BaseModel]) -> str:
    rows = []
    for key, field in options(model):
        default = default_of(field)
        shown = f"`{default}`" if default is not None else "required" if field.is_required() else ""
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{key}` | {type_of(field.annotation)} | {shown} | {meaning} |\n")
    if not rows:
        return ""
    return "\n| key | type | default | meaning |\n|---|---|---|---|\n" + "".join(rows)
