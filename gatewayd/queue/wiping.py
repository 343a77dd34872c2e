"""Taking the text, and then the number, out of a message of which nothing is going to be sent any more.

The row stays, so that every count stays right: of its number there is what logs have of it too (``+34…12``), which
leads back to nobody. Its checksum is made anew over what is left; that of a row that was damaged before is left as it
is, so that ``gatewayd verify`` goes on telling of it.
"""

from __future__ import annotations

import enum
from typing import Any, Final

from gatewayd.message import FINAL_STATES, State
from gatewayd.phone import masked
from gatewayd.queue.checksum import checksum, intact
from gatewayd.queue.records import wiping as records
from gatewayd.store.transaction import Tx


class Erased(enum.IntEnum):
    """How much of a message is gone. In the database: these numbers, or null."""

    TEXT = 1
    NUMBER = 2
    """Text and number."""


#: What stands in the place of a text. No message is accepted with it.
NO_TEXT: Final = ""
#: Where nothing needs the text any more: a message in doubt may be sent again, one of these is at most proven sent.
NEEDS_NO_TEXT: Final = FINAL_STATES | {State.SENT}


def wipe_secret(tx: Tx, row: Any, to: State) -> None:
    """Take the text out of the message ``row``, which has just come to state ``to``, where it is a secret."""
    if row.secret and row.erased is None and to in NEEDS_NO_TEXT:
        wipe_text(tx, row)


def wipe_text(tx: Tx, row: Any) -> bool:
    """Take the text out of the message ``row``; whether that was possible."""
    return _wipe(tx, row, Erased.TEXT, row.recipient, row.reference)


def wipe_number(tx: Tx, row: Any, *, reference: bool = False) -> bool:
    """Take text and number out of the message ``row``, and its client's ``reference``; whether that was possible."""
    kept = None if reference else row.reference
    return _wipe(tx, row, Erased.NUMBER, masked(row.recipient), kept)


def _wipe(tx: Tx, row: Any, level: Erased, recipient: str, reference: str | None) -> bool:
    left = row._asdict() | {"text": NO_TEXT, "recipient": recipient}
    values = {
        "b_seq": row.seq,
        "b_text": NO_TEXT,
        "b_recipient": recipient,
        "b_reference": reference,
        "b_checksum": checksum(left) if intact(row) else row.checksum,
        "b_erased": level,
    }
    return records.wipe.change(tx, values) == 1
