"""What a receiver answered, and what that means. Pure."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: 410: the receiver wants nothing more, ever (Standard Webhooks).
GONE = 410
#: 429 and 503: the receiver is too busy, and may say for how long (RFC 9110 §10.2.3).
BUSY = (429, 503)
#: A receiver can't put us off for longer than the plan's longest wait.
_LONGEST = 86_400.0  # seconds


class Outcome(enum.StrEnum):
    """How one try ended: a label of the metrics too."""

    DELIVERED = "delivered"
    """The answer was 2xx."""
    REFUSED = "refused"
    """Any other answer; a redirect too, since it could lead anywhere."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    """No connection, no valid certificate, or no whole answer."""
    FORBIDDEN = "forbidden"
    """The name leads to an address that may not be reached. Nothing was sent."""
    UNSIGNED = "unsigned"
    """The secret can't be opened with the configured key. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Result:
    """One try."""

    outcome: Outcome
    seconds: float
    status: int | None = None
    """Of HTTP; None: there was no answer."""
    error: str | None = None
    """In words, where it wasn't taken."""
    retry_after: float | None = None
    """Seconds that a busy receiver asked for."""
    body: bytes = b""
    """The beginning of the answer. Only for those who may see what lies behind the URL."""

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken it."""
        return self.outcome is Outcome.DELIVERED


def of_answer(status: int, seconds: float, body: bytes, *, retry_after: str | None, now: datetime) -> Result:
    """Judge an answer; ``retry_after`` is the header of that name."""
    if 200 <= status < 300:
        return Result(Outcome.DELIVERED, seconds, status, body=body)
    asked = parse_retry_after(retry_after, now) if status in BUSY and retry_after else None
    words = (
        "the receiver redirects, which is not followed" if 300 <= status < 400 else "the receiver refused it"
    )
    return Result(Outcome.REFUSED, seconds, status, f"{status}: {words}", asked, body)


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Read ``Retry-After``, seconds or a date (RFC 9110 §10.2.3); None where it is neither."""
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return min(max(0.0, math.ceil(seconds)), _LONGEST)
