"""Codes of a second factor: RFC 6238 with what every authenticator knows, SHA-1, six digits, 30 seconds. Pure."""

from __future__ import annotations

import base64
import hmac
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP: Final = 30  # seconds
DIGITS: Final = 6
_SECRET_LENGTH: Final = 20  # octets: RFC 4226 §4 R6 recommends 160 bits
_DRIFT: Final = 1  # steps to either side that a phone's clock may be off (RFC 6238 §5.2)
_ISSUER: Final = "gatewayd"


def new_secret() -> bytes:
    """Return a fresh secret from the system's generator."""
    return os.urandom(_SECRET_LENGTH)


def spelled(secret: bytes) -> str:
    """Return a secret as people type it: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def uri(secret: bytes, name: str) -> str:
    """Return the address that authenticators read from a QR code."""
    return _generator(secret).get_provisioning_uri(name, _ISSUER)


def code_at(secret: bytes, at: float) -> str:
    """Return the code for the moment ``at``, in seconds of the Unix epoch."""
    return _generator(secret).generate(at).decode()


def step_of(secret: bytes, code: str, at: float, *, after: int | None) -> int | None:
    """Return the time step that ``code`` belongs to, or None where it belongs to none around ``at``.

    ``after`` is the last step that was accepted: it and those before it are used up (RFC 6238 §5.2).
    """
    digits = "".join(code.split())
    if not (len(digits) == DIGITS and digits.isascii() and digits.isdecimal()):
        return None
    now = int(at // STEP)
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step * STEP), digits) and (after is None or step > after):
            return step
    return None


def _generator(secret: bytes) -> TOTP:
    # OpenSSL's binding is loaded by those who have a second factor.
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    # SHA-1 as a HMAC is sound (RFC 6238 §1.2); most authenticators know nothing else.
    return TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303
