"""Words by which people say that they want no more messages, or messages again. Pure.

A keyword is the whole message: "Stop!" is one, "don't stop" is none. Case, accents, punctuation and spaces at the
ends don't matter. The words of all languages count everywhere, since nobody knows which one a sender uses.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


class Wish(enum.StrEnum):
    """What a keyword asks for."""

    STOP = "stop"
    START = "start"


#: As people write them; compared after ``plain``. English follows what US carriers require (CTIA, Messaging
#: Principles, §5.1.3), and so what people have learnt elsewhere.
STOP_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("stop", "stop all", "stopall", "unsubscribe", "cancel", "end", "quit", "opt out", "optout"),
    "pt": ("parar", "pare", "sair", "cancelar", "remover", "desinscrever", "não quero mais"),
    "es": ("parar", "baja", "dar de baja", "darme de baja", "alto", "cancelar", "detener", "salir", "no más"),
    "ca": (
        "atura",
        "aturar",
        "prou",
        "baixa",
        "donar de baixa",
        "dona'm de baixa",
        "cancel·la",
        "cancel·lar",
    ),
    "pl": ("koniec", "rezygnuję", "rezygnacja", "wypisz", "wypisz mnie", "zatrzymaj", "anuluj", "przestań"),
}
START_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("start", "unstop", "subscribe", "opt in", "optin"),
    "pt": ("iniciar", "começar", "recomeçar", "subscrever", "inscrever"),
    "es": ("alta", "dar de alta", "darme de alta", "empezar", "comenzar", "iniciar"),
    "ca": ("comença", "començar", "donar d'alta", "dona'm d'alta", "iniciar"),
    "pl": ("wznów", "zapisz", "zapisz mnie", "zacznij"),
}

#: Letters with a stroke have no decomposition.
_STROKES: Final = str.maketrans("łŁøØđĐ", "lLoOdD")
#: Longer texts aren't looked at more closely.
_LONGEST: Final = 60


def plain(text: str) -> str:
    """``text`` without case, accents, punctuation and symbols, its words one space apart: ``¡Dona'm  BAIXA!`` is
    ``donam baixa``.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_STROKES))
    kept = (
        " " if character.isspace() else character
        for character in decomposed
        if character.isalnum() or character.isspace()
    )
    return " ".join("".join(kept).casefold().split())


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword that was found."""

    wish: Wish
    word: str
    """As ``plain`` leaves it."""


class Keywords:
    """All words, with the configured ones. One in both lists means STOP."""

    def __init__(self, stop: Iterable[str] = (), start: Iterable[str] = ()) -> None:
        self._wishes = dict.fromkeys(map(plain, _all(START_WORDS, start)), Wish.START)
        self._wishes.update(dict.fromkeys(map(plain, _all(STOP_WORDS, stop)), Wish.STOP))

    def find(self, text: str) -> Keyword | None:
        """The keyword that ``text`` is; None where it is something else."""
        if len(text) > _LONGEST:
            return None
        word = plain(text)
        wish = self._wishes.get(word)
        return None if wish is None else Keyword(wish, word)


def _all(words: dict[str, tuple[str, ...]], more: Iterable[str]) -> list[str]:
    return [*(word for language in words.values() for word in language), *more]
