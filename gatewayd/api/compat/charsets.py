"""Which charsets others may name. Pure."""

from __future__ import annotations

import codecs
from typing import Final

#: Python's own notations: nobody writes a text in them, and some take time that grows with the square of its length.
_NOTATIONS: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})


def is_charset(name: str) -> bool:
    """Whether a text can be in the charset of that name."""
    try:
        return codecs.lookup(name).name not in _NOTATIONS
    except (LookupError, ValueError):  # there is none, or that is no name
        return False
