"""texts.py [--check]: bring the catalogues of the pages up to date with what code and templates say.

Each catalogue of gatewayd/web/locale keeps what is translated, gains what is new (empty, for a translator) and loses
what nobody says any more. With --check nothing is written, and the exit code is 1 where a catalogue would change, or
lacks a translation.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "gatewayd" / "web"
LOCALE = WEB / "locale"
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
_OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "trimmed": "true"}}
_KEYWORDS = {"_": None, "N_": None, "say": None, "gettext": None, "ngettext": (1, 2), "count": (1, 2)}
#: Lines of a catalogue's head that would change with every run, or say nothing.
_CHANGING = tuple(
    f'"{name}'.encode()
    for name in (
        "POT-Creation",
        "PO-Revision",
        "Generated-By",
        "Report-Msgid",
        "Last-Translator",
        "Language-Team",
    )
)
_HEADER = "# The pages of gatewayd in another language. `make texts` keeps the list of texts up to date.\n"


def said() -> Catalog:
    """Everything that the pages say."""
    catalogue = Catalog()
    for name, _line, text, comments, context in extract_from_dir(
        WEB, method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS
    ):
        # Without line numbers: they would change with every edit and say little.
        catalogue.add(text, None, [(name, 0)], auto_comments=comments, context=context)
    return catalogue


def updated(path: Path, template: Catalog) -> bytes:
    """The catalogue ``path`` as it should be."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem.replace("-", "_"))
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.header_comment = _HEADER.strip()
    catalogue.obsolete.clear()
    text = io.BytesIO()
    write_po(text, catalogue, sort_output=True, no_location=True, width=110, ignore_obsolete=True)
    return b"".join(
        line for line in text.getvalue().splitlines(keepends=True) if not line.startswith(_CHANGING)
    )


def lacking(path: Path) -> list[str]:
    """The texts that the catalogue has no translation of."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem.replace("-", "_"))
    return [
        str(message.id) for message in catalogue if message.id and (message.fuzzy or not _is_whole(message))
    ]


def _is_whole(message: Message) -> bool:
    return bool(message.string) if isinstance(message.string, str) else all(message.string)


def main() -> int:
    """Update, or check, every catalogue."""
    check = "--check" in sys.argv[1:]
    template = said()
    wrong = 0
    for path in sorted(LOCALE.glob("*.po")):
        wanted = updated(path, template)
        if check and wanted != path.read_bytes():
            sys.stdout.write(f"{path.relative_to(ROOT)} is not up to date: run make texts\n")
            wrong = 1
        if not check:
            path.write_bytes(wanted)
        if missing := lacking(path):
            sys.stdout.write(
                f"{path.relative_to(ROOT)} lacks {len(missing)} translations, such as {missing[0]!r}\n"
            )
            wrong = 1
    return wrong if check else 0


if __name__ == "__main__":
    sys.exit(main())
