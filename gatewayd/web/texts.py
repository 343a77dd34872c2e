"""The languages of the pages: which there are, which a visitor wants, and what a text is in each.

Texts are English in the code and the templates; ``locale/LANGUAGE.po`` holds the others. Catalogues are parsed when the
first visitor wants them, on a thread: there is no build step, and a daemon without visitors pays nothing.
"""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trio
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).parent / "locale"

#: Each language in its own words, by the tag that stands in ``lang`` and in people's settings.
LANGUAGES: Final = {
    "en": "English",
    "pt-BR": "Português",
    "es": "Español",
    "ca": "Català",
    "pl": "Polski",
}
#: English as it is written where gatewayd is used: day before month, 24 hours.
_LOCALES: Final = {"en": "en_GB", "pt-BR": "pt_BR"}


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language, ready to be spoken."""

    tag: str
    locale: Locale
    catalogue: gettext.NullTranslations

    def say(self, text: str) -> str:
        """``text`` in this language."""
        return self.catalogue.gettext(text) if text else text

    def count(self, one: str, many: str, number: int) -> str:
        """The form of a text that goes with ``number``."""
        return self.catalogue.ngettext(one, many, number)


class Tongues:
    """All languages, each loaded once.

    Args:
        default: the tag of the language of those who want none that there is.
    """

    def __init__(self, default: str) -> None:
        self._default = default
        self._loaded: dict[str, Tongue] = {}

    async def get(self, tag: str) -> Tongue:
        """The language ``tag``; the default where there is no such language."""
        if tag not in LANGUAGES:
            tag = self._default
        if tag not in self._loaded:
            self._loaded[tag] = await trio.to_thread.run_sync(load, tag)
        return self._loaded[tag]

    async def wanted(self, accepted: str | None) -> Tongue:
        """The language for an ``Accept-Language`` header (RFC 9110 §12.5.4)."""
        return await self.get(negotiate(accepted or "", self._default))


def load(tag: str) -> Tongue:
    """Read one language from its catalogue; English needs none."""
    locale = Locale.parse(_LOCALES.get(tag, tag))
    path = FOLDER / f"{tag}.po"
    if not path.exists():
        return Tongue(tag, locale, gettext.NullTranslations())
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale))
    compiled.seek(0)
    return Tongue(tag, locale, gettext.GNUTranslations(compiled))


def negotiate(accepted: str, default: str) -> str:
    """The best of ``LANGUAGES`` for an ``Accept-Language`` header; ``default`` where none fits.

    A visitor who wants ``pt`` or ``pt-PT`` reads ``pt-BR`` with less trouble than English.
    """
    wanted: list[tuple[float, int, str]] = []
    for place, item in enumerate(accepted.split(",")[:20]):
        tag, _, parameter = item.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if quality > 0:
            wanted.append((-quality, place, tag.lower()))
    for _, _, tag in sorted(wanted):
        for known in LANGUAGES:
            if tag == known.lower() or tag.split("-")[0] == known.split("-")[0].lower():
                return known
    return default
