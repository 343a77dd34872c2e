"""Webhooks' secrets, sealed in the database and opened for a signature."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Final

from gatewayd.sealing import Keyring, Resealing, SealBroken
from gatewayd.store.transaction import Tx
from gatewayd.webhooks import records
from gatewayd.webhooks.delivering import TOPIC

#: Why something isn't sent whose signature needs a secret that can't be opened.
UNOPENED: Final = "not sent: the secret can't be opened with the configured key; rotate it"


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


def reseal(tx: Tx, resealing: Resealing) -> None:
    """Seal every secret with the present key."""
    for row in records.sealed.all(tx, {}):
        place = context(row.public_id)
        new = resealing.renew(row.secret, place)
        old = None if row.old_secret is None else resealing.renew(row.old_secret, place)
        if new is not None or old is not None:
            values = {"b_id": row.id, "b_secret": new or row.secret, "b_old_secret": old or row.old_secret}
            records.reseal.change(tx, values)
            tx.announce(TOPIC)


def context(public_id: str) -> str:
    """The place that a webhook's secrets are bound to."""
    return f"webhook:{public_id}:secret"
