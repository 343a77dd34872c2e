"""What an event of the queue is about, in full, for those who are told of it outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from gatewayd.events import Event
from gatewayd.queue.records import history, receiving
from gatewayd.store.transaction import Tx

#: Families whose subjects have names rather than ids.
_NAMED: Final = ("modem", "queue")
_TIMES: Final = ("sent_at", "received_at")


def tell(tx: Tx, event: Event, *, include_text: str) -> dict[str, Any]:
    """Everything of the event, and what never changes about its message, modem or queue.

    So it is the same however often, and however late, somebody is told. ``include_text`` is ``none``, ``received``
    (the texts of received messages) or ``all``.
    """
    family = event.kind.partition(".")[0]
    if family == "message":
        return {"id": event.subject, **_message(tx, event.subject, include_text == "all"), **event.data}
    if family == "inbox":
        # Its own data has the sender masked.
        return {"id": event.subject, **event.data, **_received(tx, event.subject, include_text != "none")}
    return {"name" if family in _NAMED else "id": event.subject, **event.data}


def _message(tx: Tx, name: str, with_text: bool) -> dict[str, Any]:
    row = history.find.first(tx, {"id": name})
    if row is None:
        return {}
    facts = {
        "client": row.client,
        "to": row.recipient,
        "reference": row.reference,
        "type": row.type,
        "parts": row.parts,
        "created_at": _words(row.created_at),
    }
    return facts | {"text": None if row.erased else row.text} if with_text else facts


def _received(tx: Tx, name: str, with_text: bool) -> dict[str, Any]:
    row = receiving.find.first(tx, {"id": name})
    if row is None:
        return {}
    facts = {
        "modem": row.modem,
        "sender": row.sender,
        "encoding": row.encoding,
        "parts": row.parts,
        "missing": row.missing,
        "keyword": row.keyword,
        **{each: _words(getattr(row, each)) for each in _TIMES},
    }
    return facts | {"text": None if row.erased else row.text} if with_text else facts


def _words(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
