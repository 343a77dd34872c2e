"""The check of the audit: whether its chain holds."""

from __future__ import annotations

from gatewayd.audit.chain import START, Head, follow
from gatewayd.store.checking import PAGE_ROWS, CheckPage, unreadable
from gatewayd.store.transaction import Tx


def check(tx: Tx, cursor: str) -> CheckPage:
    """Follow the chain for a page. The first break ends it: nothing behind it is proven by it any more.

    The cursor is the head reached, as ``seq:hash``.
    """
    seq, _, digest = cursor.partition(":")
    after = Head(int(seq), digest) if digest else START
    try:
        reached, problem = follow(tx, after, PAGE_ROWS)
    except Exception as error:
        if not unreadable(error):
            raise
        reached, problem = after, f"an audit row after row {after.seq} can't be read: {error}"
    rows = reached.seq - after.seq
    if problem is not None:
        return CheckPage((problem,), rows, None)
    return CheckPage((), rows, f"{reached.seq}:{reached.hash}" if rows else None)
