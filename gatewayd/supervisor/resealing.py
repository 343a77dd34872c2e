"""Sealing everything with the present key, after it was changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from gatewayd import audit
from gatewayd.access.people import enrolling as people
from gatewayd.queue import pseudonyms
from gatewayd.sealing import Keyring, Resealing, Survey
from gatewayd.store.transaction import Tx
from gatewayd.webhooks import secrets as webhooks

#: Whoever keeps something sealed.
_KEEPERS: Final[Sequence[Callable[[Tx, Resealing], None]]] = (
    people.reseal,
    webhooks.reseal,
    pseudonyms.reseal,
)


def survey(tx: Tx, keyring: Keyring) -> Survey:
    """See which keys have sealed what there is, and what no key opens."""
    found = Survey(keyring)
    for keeper in _KEEPERS:
        keeper(tx, found)
    return found


def reseal(tx: Tx, keyring: Keyring, actor: str, at: datetime) -> Resealing:
    """Seal every secret of the database with the present key, in one transaction; return what came of it."""
    resealing = Resealing(keyring)
    for keeper in _KEEPERS:
        keeper(tx, resealing)
    after = {"resealed": resealing.renewed, "broken": resealing.broken}
    audit.record(tx, actor=actor, action="secrets.reseal", object="secrets", after=after, at=at)
    return resealing
