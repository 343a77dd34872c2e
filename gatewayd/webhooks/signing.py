"""Secrets and signatures by Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA256 by its own library.

What is signed is ``id.timestamp.body``. Each of the secrets that are valid now makes one signature; a receiver takes
the request if it knows any of them.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
#: Octets of a secret: what the specification allows, and what is made here.
SHORTEST, LONGEST = 24, 64
_MADE: Final = 32


def new_secret() -> str:
    """Make a secret from the operating system's generator."""
    return PREFIX + base64.b64encode(os.urandom(_MADE)).decode()


def secret_complaint(secret: str) -> str | None:
    """What is wrong with a secret that somebody brings along; None where it is fine."""
    try:
        octets = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if secret.startswith(PREFIX) and SHORTEST <= len(octets) <= LONGEST:
        return None
    return f"must be {PREFIX} and {SHORTEST} to {LONGEST} random octets in base64"


def headers(secrets: Sequence[str], id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that let a receiver verify ``body``, sent ``at``: signed with each of ``secrets``."""
    from standardwebhooks import Webhook

    text = body.decode()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(id_, at, text) for secret in secrets),
    }
