"""Pseudonyms of numbers: the same for the same number, and of no use to find out which number it is.

HMAC-SHA256 with a key of its own. There are so few numbers that a hash without a key could be tried out in minutes;
the key lies in the database, but sealed. It stays the same when the key that seals is changed: what is written under
a pseudonym must be found again for as long as it is kept.
"""

from __future__ import annotations

import hmac
import os
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from gatewayd.clock import Clock
from gatewayd.queue.records import wiping as records
from gatewayd.sealing import KEY_LENGTH, Keyring, Resealing, SealBroken
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

#: What the key is sealed for.
CONTEXT: Final = "queue:pseudonyms"
#: What no number begins with.
SIGN: Final = "#"
#: Hexadecimal digits: 76 bits, so that no two numbers of the world share one.
_DIGITS: Final = 19


class Pseudonyms:
    """Makes pseudonyms, once ``ready``. One object for the life of ``runner``.

    Args:
        runner: where the sealed key is kept.
        clock: where the time comes from.
        keyring: what opens it.
    """

    def __init__(self, runner: Runner, clock: Clock, keyring: Keyring) -> None:
        self._runner = runner
        self._clock = clock
        self._keyring = keyring
        self._key: bytes | None = None
        self._broken = False

    async def ready(self) -> bool:
        """Have the key, made where there is none yet; False where the keyring can't open it, which is logged once.

        Raises StorageFull.
        """
        if self._key is None and not self._broken:
            sealed = await self._runner.read(_find)
            if sealed is None:
                sealed = await self._runner.run(_make, self._keyring, self._clock.now())
            self._open(sealed)
        return self._key is not None

    def of(self, number: str) -> str | None:
        """The pseudonym of ``number`` (E.164), 20 characters; None where there is no key."""
        if self._key is None:
            return None
        return SIGN + hmac.digest(self._key, number.encode(), "sha256").hex()[:_DIGITS]

    def _open(self, sealed: bytes) -> None:
        try:
            self._key = self._keyring.open(sealed, CONTEXT)
        except SealBroken as error:
            self._broken = True
            log.error(  # noqa: TRY400 - what happened is all in the words
                "pseudonyms.sealed",
                reason=str(error),
                lost="opt-outs of erased numbers are not recognised, and nothing can be erased",
            )


def _find(tx: Tx) -> bytes | None:
    return records.find_key.scalar(tx, {})


def _make(tx: Tx, keyring: Keyring, at: datetime) -> bytes:
    found = _find(tx)
    if found is not None:
        return found
    sealed = keyring.seal(os.urandom(KEY_LENGTH), CONTEXT)
    records.add_key.change(tx, {"id": 1, "sealed": sealed, "made_at": at})
    tx.after_commit(partial(log.info, "pseudonyms.key_made"))
    return sealed


def reseal(tx: Tx, resealing: Resealing) -> None:
    """Seal the key of pseudonyms with the present key of the keyring."""
    sealed = _find(tx)
    renewed = None if sealed is None else resealing.renew(sealed, CONTEXT)
    if renewed is not None:
        records.replace_key.change(tx, {"b_sealed": renewed})
