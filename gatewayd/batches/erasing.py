"""Erasing a recipient from what batches keep of rows that are no messages; messages are the queue's to erase."""

from __future__ import annotations

from gatewayd.batches import records
from gatewayd.store.transaction import Tx


def erase(tx: Tx, recipient: str) -> int:
    """Remove what rows say of ``recipient`` (E.164), and never send them; return how many rows.

    Found are rows that were checked, by their number, and others whose cells hold the same digits in a row. All rows
    are looked through: this is for one recipient now and then.
    """
    cells = f"%{recipient.removeprefix('+')}%"
    return records.erase_rows.change(tx, {"b_recipient": recipient, "b_cells": cells})
