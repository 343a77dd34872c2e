"""Which of the languages that there are is the best for somebody who asked for another. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
LANGUAGE_WORDS = "must be a language such as pt or pt-BR"


def choose(there: Collection[str], wanted: str | None, otherwise: Sequence[str]) -> str | None:
    """The best of ``there``: the wanted one or a relative of it, else the first of ``otherwise`` that has one."""
    for language in (*([wanted] if wanted else []), *otherwise):
        for candidate in _relatives(language, there):
            if candidate in there:
                return candidate
    return None


def _relatives(language: str, there: Collection[str]) -> Iterator[str]:
    """The language itself, then without its country, then with any other."""
    yield language
    bare = language.partition("-")[0]
    yield bare
    yield from sorted(other for other in there if other.partition("-")[0] == bare)
