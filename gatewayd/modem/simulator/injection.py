"""Errors on demand: ``38@10`` and its like, what they mean and when they strike.

A specification is WHAT@WHEN. WHAT is how the submit ends: ``38`` or ``cms38`` (+CMS ERROR: 38), ``cme14``
(+CME ERROR: 14), ``error`` (a bare ERROR), ``timeout`` (never answered, never taken by the network), ``lost`` (taken
by the network, but the answer never reaches the host), ``hang`` (never answered, never taken, and the modem is deaf
until it is unplugged), ``prompt`` (AT+CMGS brings no prompt). WHEN is ``7`` (the 7th submit, from 1), ``*7`` (the
first try of every 7th message) or ``+34600000001`` (each submit to that number).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

_WHAT = re.compile(
    r"(?P<kind>cms|cme|)(?P<code>\d{1,3})|(?P<word>error|timeout|lost|hang|prompt)", re.IGNORECASE
)
_WHEN = re.compile(r"(?P<nth>\d{1,9})|\*(?P<every>\d{1,9})|(?P<to>\+\d{3,15})")


class Effect(enum.StrEnum):
    """How a submit that an injection strikes ends."""

    CMS = "cms"
    """+CMS ERROR with the injection's code."""
    CME = "cme"
    """+CME ERROR with the injection's code."""
    ERROR = "error"
    """A bare ERROR."""
    TIMEOUT = "timeout"
    """No answer ever comes, and the network never saw the message."""
    LOST = "lost"
    """The network took the message, but no answer ever comes."""
    HANG = "hang"
    """As TIMEOUT, and the modem is deaf until it is unplugged."""
    PROMPT = "prompt"
    """AT+CMGS brings no prompt."""


class InvalidInjection(ValueError):
    """An error specification that can't be read; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Injection:
    """One error specification; exactly one of ``nth``, ``every`` and ``to`` is given."""

    effect: Effect
    code: int | None = None
    nth: int | None = None
    every: int | None = None
    to: str | None = None

    def strikes(self, *, submit: int, first_try: int | None, to: str | None) -> bool:
        """Whether it strikes this submit.

        ``submit`` counts all submits from 1; ``first_try`` counts first tries from 1 and is None for a retry; ``to`` is
        the recipient, None while it isn't known yet (no PDU).
        """
        if self.nth is not None:
            return submit == self.nth
        if self.every is not None:
            return first_try is not None and first_try % self.every == 0
        return to == self.to


def parse(specification: str) -> Injection:
    """Read one specification. Raises InvalidInjection, whose message says what would be right."""
    what, at, when = specification.strip().partition("@")
    effect, when_match = _WHAT.fullmatch(what), _WHEN.fullmatch(when)
    if not at or effect is None:
        raise InvalidInjection(
            f"{specification!r}: expected CODE@WHEN, where CODE is a number as in 38, cms38 or cme14, "
            "or error, timeout, lost, hang or prompt"
        )
    if when_match is None:
        raise InvalidInjection(
            f"{specification!r}: after the @ expected N (the Nth submit), *N (the first try of every Nth message) "
            "or +NUMBER (each submit to that number)"
        )
    code = effect["code"]
    kind = Effect((effect["word"] or effect["kind"] or "cms").lower())
    nth, every = (int(when_match[name]) if when_match[name] else None for name in ("nth", "every"))
    if nth == 0 or every == 0:
        raise InvalidInjection(f"{specification!r}: submits are counted from 1")
    if kind is Effect.PROMPT and nth is None:
        raise InvalidInjection(
            f"{specification!r}: before the prompt no message is known, only prompt@N is possible"
        )
    return Injection(kind, code=int(code) if code else None, nth=nth, every=every, to=when_match["to"])


def parse_all(specifications: Iterable[str]) -> tuple[Injection, ...]:
    """Read several specifications, in order of precedence. Raises InvalidInjection that names every wrong one."""
    injections: list[Injection] = []
    problems: list[str] = []
    for specification in specifications:
        try:
            injections.append(parse(specification))
        except InvalidInjection as error:
            problems.append(str(error))
    if problems:
        raise InvalidInjection("\n".join(problems))
    return tuple(injections)
