"""Webhooks' secrets, sealed in the database and opened for a signature."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from gatewayd.sealing import Keyring, SealBroken


class Sealer:
    """Seals secrets with ``keyring``, each bound to its webhook."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, secret: str, public_id: str) -> bytes:
        """Return the secret as it is stored."""
        return self._keyring.seal(secret.encode(), context(public_id))

    def signing(
        self, public_id: str, secret: bytes, old: bytes | None, old_until: datetime | None, now: datetime
    ) -> list[str]:
        """Return the secrets that sign now, the newest first. Raises SealBroken where that one can't be opened."""
        opened = [self._open(secret, public_id)]
        if old is not None and old_until is not None and now < old_until:
            # Its key may be the very reason why there is a new one.
            with suppress(SealBroken):
                opened.append(self._open(old, public_id))
        return opened

    def _open(self, sealed: bytes, public_id: str) -> str:
        return self._keyring.open(sealed, context(public_id)).decode()


def context(public_id: str) -> str:
    """The place that a webhook's secrets are bound to."""
    return f"webhook:{public_id}:secret"
