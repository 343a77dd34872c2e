"""The text of a token: made, taken apart and compared. Pure.

A token reads ``gwd_<12 letters>_<43 characters>``. The first part, its public name, finds the row and may be shown
and logged; the second is 256 bits from the system's generator. Only the SHA-256 of the whole is stored: for a
secret of this entropy a slow hash would add nothing but time to each request (OWASP ASVS 5.0, 6.5.2 and 11.5.1).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

PREFIX = "gwd_"
_PUBLIC_BYTES = 6
_SECRET_BYTES = 32
_SHAPE = re.compile(r"gwd_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Secret:
    """A fresh token, and what is kept of it."""

    token: str
    """The whole; shown once and never stored."""
    public_id: str
    digest: bytes


def generate() -> Secret:
    """Make a token from the operating system's generator."""
    public_id = secrets.token_hex(_PUBLIC_BYTES)
    token = f"{PREFIX}{public_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return Secret(token, public_id, digest(token))


def public_id(token: str) -> str | None:
    """Return the public name inside ``token``, or None where it doesn't look like one of ours."""
    match = _SHAPE.fullmatch(token)
    return match[1] if match else None


def digest(token: str) -> bytes:
    """Return the 32 octets that are stored for ``token``."""
    return hashlib.sha256(token.encode()).digest()


def matches(token: str, stored: bytes) -> bool:
    """Compare in constant time (ASVS 11.2.4)."""
    return hmac.compare_digest(digest(token), stored)
