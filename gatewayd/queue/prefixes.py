"""Under which beginning of a number something is counted: few, so that metrics have few series."""

from __future__ import annotations

from collections.abc import Iterable

from gatewayd.phone import country_code

#: Under what short codes count: they belong to no country.
SHORT = "short"


class Prefixes:
    """The configured beginnings of numbers; where none fits, the country code."""

    def __init__(self, configured: Iterable[str] = ()) -> None:
        self._longest_first = tuple(sorted(set(configured), key=len, reverse=True))

    def of(self, recipient: str) -> str:
        """The longest configured beginning of ``recipient`` (E.164), or its country code, such as ``+34``."""
        for prefix in self._longest_first:
            if recipient.startswith(prefix):
                return prefix
        code = country_code(recipient)
        return f"+{code}" if code else SHORT
