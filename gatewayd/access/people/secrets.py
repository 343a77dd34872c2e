"""Random words that are handed out once and kept as a hash: sessions, recovery codes, the first start's link. Pure.

Each has at least 120 random bits, so that a plain SHA-256 is as good as a slow hash (ASVS 5.0, 6.5.2).
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from typing import Final

RECOVERY_CODES: Final = 10
_RECOVERY_LENGTH: Final = 15  # octets: 24 letters
_GROUP: Final = 6  # letters between two hyphens


def new_token() -> str:
    """Return 256 random bits in 43 characters."""
    return secrets.token_urlsafe(32)


def new_recovery_codes() -> list[str]:
    """Return a set of codes, as they are printed: ``k3fz7a-…`` of four groups."""
    return [_grouped(base64.b32encode(os.urandom(_RECOVERY_LENGTH)).decode()) for _ in range(RECOVERY_CODES)]


def digest(word: str) -> bytes:
    """Return the 32 octets that are stored for a token."""
    return hashlib.sha256(word.encode(errors="surrogatepass")).digest()


def recovery_digest(code: str) -> bytes:
    """Return what is stored for a recovery code, however it is typed: with or without hyphens, spaces, capitals."""
    return digest("".join(code.split()).replace("-", "").lower())


def _grouped(letters: str) -> str:
    lower = letters.lower()
    return "-".join(lower[i : i + _GROUP] for i in range(0, len(lower), _GROUP))
