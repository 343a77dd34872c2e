"""Twilio's names of things, made of ours and read back. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from uuid import UUID

from gatewayd.errors import NotFound

_MESSAGE: Final = re.compile(r"SM([0-9a-f]{32})")


def account_sid(client: str) -> str:
    """Return the `AccountSid` of the client of that name: always the same, so that it need not be stored."""
    return f"AC{hashlib.sha256(client.encode()).hexdigest()[:32]}"


def message_sid(id_: str) -> str:
    """Return the `MessageSid` of the message with the id ``id_``."""
    return f"SM{UUID(id_).hex}"


def message_id(sid: str) -> str:
    """Return the id of the message that Twilio's clients call ``sid``. Raises NotFound where it is none."""
    found = _MESSAGE.fullmatch(sid)
    if found is None:
        raise NotFound(f"there is no message {sid}")
    return str(UUID(found[1]))
