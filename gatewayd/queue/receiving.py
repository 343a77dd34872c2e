"""Received messages: each part is written down before the modem may forget it, and is one message's only once.

Nothing is lost: octets that can't be read are kept as they are (encoding ``raw``, the text in hexadecimal), and a
message whose parts don't all come is delivered with what came. Nothing is doubled: a part that comes again, because a
crash fell between writing it down and deleting it from the SIM, is known by its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from prometheus_client import Counter

from gatewayd.events import feed
from gatewayd.message import new_id
from gatewayd.phone import masked
from gatewayd.queue import metrics
from gatewayd.queue.assembly import MAX_OPEN, WINDOW, Assembly, Joined, Piece, join, sort_out
from gatewayd.queue.keywords import Keyword
from gatewayd.queue.lifecycle import DUE_TOPIC
from gatewayd.queue.records import control
from gatewayd.queue.records import receiving as records
from gatewayd.queue.wishes import DEFAULT, Rules, fulfil
from gatewayd.sms.pdu import DecodeError, Deliver, decode_deliver
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

RAW: Final = "raw"
#: How long a part is remembered, to be known when it comes again: longer than any SIM is left unread.
REMEMBER: Final = timedelta(days=7)

#: TP-MMS, TP-LP and TP-RP (3GPP TS 23.040 §9.2.2.1) are about this delivery rather than about the message.
_OF_THE_MESSAGE: Final = 0x63
#: Characters of a sender that are kept, against those that no standard allows.
_SENDER: Final = 24
_MESSAGES_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a message comes from."""

    modem: str
    sim: str | None
    sender: str


def take_message(
    tx: Tx, modem: str, sim: str | None, octets: bytes, at: datetime, rules: Rules = DEFAULT
) -> str | None:
    """Take in one received part: an SMS-DELIVER with its SMSC part, or whatever else came in its place.

    Args:
        tx: the transaction; once it is committed the modem may forget the part.
        modem: the modem's name.
        sim: the SIM's ICCID, where it is known.
        octets: as the modem gave them.
        at: now (aware).
        rules: what keywords do, and how numbers are read.

    Returns:
        The public name of the received message that is complete with this part; None where others are waited for, or
        where the part came before.
    """
    digest = _digest(octets)
    names = _names(tx, modem, sim)
    if any(records.known.first(tx, {"sim": name, "digest": digest}) is not None for name in names):
        tx.after_commit(partial(_count, metrics.received_again, modem))
        return None
    part: dict[str, Any] = {
        "modem": modem,
        "sim": sim or _unknown(modem),
        "digest": digest,
        "sender": "",
        **dict.fromkeys(("reference", "wide", "total", "number", "inbox_seq")),
        "octets": octets,
        "received_at": at,
    }
    try:
        deliver = decode_deliver(octets)
    except DecodeError as error:
        tx.after_commit(partial(log.warning, "inbox.undecodable", modem=modem, reason=str(error)))
        seq = records.insert_part.insert(tx, part)
        joined = Joined(octets.hex().upper(), RAW)
        return _deliver(tx, _Origin(modem, sim, ""), joined, [seq], at, sent_at=None)
    part["sender"] = rules.number(deliver.sender)[:_SENDER]
    origin = _Origin(modem, sim, part["sender"])
    place = deliver.concatenation
    if place is None or place.total == 1:
        seq = records.insert_part.insert(tx, part)
        joined = join([_piece(seq, 1, deliver, at)], 1)
        return _deliver(tx, origin, joined, [seq], at, sent_at=deliver.scts, rules=rules)
    part.update(reference=place.reference, wide=place.wide, total=place.total, number=place.number)
    return _take_part(tx, origin, part, rules)


def _take_part(tx: Tx, origin: _Origin, part: dict[str, Any], rules: Rules) -> str | None:
    """A part of several: write it down, and deliver what is complete with it."""
    at: datetime = part["received_at"]
    records.insert_part.insert(tx, part)
    # What is over, and only waits to be delivered, takes no part any more.
    rows = [row for row in _alike(tx, part, origin.modem, origin.sim) if row.received_at > at - WINDOW]
    if len(rows) == 1:
        tx.announce(DUE_TOPIC)
        _make_room(tx, at)
    if len(rows) < part["total"]:
        return None
    complete = (one for one in sort_out(map(_stored, rows)) if len(one.pieces) == part["total"])
    assembly = next(complete, None)
    return None if assembly is None else _deliver_assembly(tx, origin, assembly, part["total"], at, rules)


def _alike(tx: Tx, part: dict[str, Any], modem: str, sim: str | None) -> list[Any]:
    """All open parts that may belong to one message with ``part``, or to several under the same reference."""
    return [row for name in _names(tx, modem, sim) for row in records.alike.all(tx, {**part, "sim": name})]


def _stored(row: Any) -> Piece:
    return _piece(row.seq, row.number, decode_deliver(row.octets), row.received_at)


def _piece(seq: int, number: int, deliver: Deliver, received_at: datetime) -> Piece:
    data = deliver.user_data.data
    return Piece(seq, number, deliver.encoding, deliver.text, data, deliver.scts, received_at)


def _make_room(tx: Tx, at: datetime) -> None:
    """Deliver the oldest open message as it is where there are too many."""
    if (records.open_sets.scalar(tx, {}) or 0) > MAX_OPEN:
        _finish_oldest(tx, at)


def finish_incomplete(tx: Tx, at: datetime) -> datetime | None:
    """Deliver what has waited for its other parts for 24 hours, some at a time.

    Returns when to call again, which may be now: when the next one is due. None where nothing waits.
    """
    for _ in range(_MESSAGES_AT_ONCE):
        oldest = records.oldest_open.first(tx, {})
        if oldest is None:
            return None
        due: datetime = oldest.received_at + WINDOW
        if due > at:
            return due
        _finish_oldest(tx, at)
    return at


def _finish_oldest(tx: Tx, at: datetime) -> None:
    """Deliver the message of the oldest open part with what came of it."""
    oldest = records.oldest_open.first(tx, {})
    if oldest is None:
        return
    sim = None if oldest.sim == _unknown(oldest.modem) else oldest.sim
    pieces = map(_stored, _alike(tx, oldest._asdict(), oldest.modem, sim))
    assemblies = sort_out(piece for piece in pieces if piece.received_at < oldest.received_at + WINDOW)
    mine = next(one for one in assemblies if oldest.seq in one.rows)
    _deliver_assembly(tx, _Origin(oldest.modem, sim, oldest.sender), mine, oldest.total, at, DEFAULT)


def _deliver_assembly(
    tx: Tx, origin: _Origin, assembly: Assembly, total: int, at: datetime, rules: Rules
) -> str:
    pieces = list(assembly.pieces.values())
    sent_at = min((piece.sent_at for piece in pieces if piece.sent_at is not None), default=None)
    return _deliver(
        tx,
        origin,
        join(pieces, total),
        assembly.rows,
        at,
        sent_at=sent_at,
        parts=len(pieces),
        missing=total - len(pieces),
        rules=rules,
    )


def _deliver(
    tx: Tx,
    origin: _Origin,
    joined: Joined,
    rows: Sequence[int],
    at: datetime,
    *,
    sent_at: datetime | None,
    parts: int = 1,
    missing: int = 0,
    rules: Rules = DEFAULT,
) -> str:
    """Put a message into the inbox, made of the parts in ``rows``, and do what its keyword asks for."""
    keyword = None if missing or joined.encoding in (RAW, "8bit") else rules.keywords.find(joined.text)
    name = str(new_id(at))
    seq = records.insert_message.insert(
        tx,
        {
            "id": name,
            "modem": origin.modem,
            "sim": origin.sim,
            "sender": origin.sender,
            "text": joined.text,
            "encoding": joined.encoding,
            "parts": parts,
            "missing": missing,
            "keyword": None if keyword is None else keyword.wish,
            "sent_at": sent_at,
            "received_at": at,
            "erased": None,
        },
    )
    records.assign.change_many(tx, [{"b_seq": row, "b_inbox_seq": seq} for row in rows])
    _tell(tx, origin, name, parts, missing, keyword, at)
    if keyword is not None:
        fulfil(tx, keyword, origin.sender, modem=origin.modem, at=at, rules=rules)
    return name


def _tell(
    tx: Tx, origin: _Origin, name: str, parts: int, missing: int, keyword: Keyword | None, at: datetime
) -> None:
    """The feed and the log learn of it, but neither text nor number: it belongs to no client."""
    data: dict[str, Any] = {"modem": origin.modem, "sender": masked(origin.sender), "parts": parts}
    if missing:
        data["missing"] = missing
    if keyword is not None:
        data["keyword"] = keyword.wish
    feed.append(tx, "inbox.received", subject=name, client_id=None, data=data, at=at)
    tx.after_commit(partial(_count, metrics.received, origin.modem))
    tx.after_commit(partial(log.info, "inbox.received", id=name, **data))


def _count(counter: Counter, modem: str) -> None:
    counter.labels(modem).inc()


def forget_parts(tx: Tx, before: datetime, limit: int) -> int:
    """Forget parts received before ``before`` (now less ``REMEMBER``) of messages in the inbox: ``limit`` at most.

    One of them that came again afterwards would be taken for a new one. Returns how many parts there were.
    """
    return records.forget.change(tx, {"before": before, "limit": limit})


def _unknown(modem: str) -> str:
    """What stands for the SIM where it is unknown. Two SIMs may well get the same octets, as from a broadcast."""
    return f"@{modem}"


def _names(tx: Tx, modem: str, sim: str | None) -> tuple[str, ...]:
    """As what the SIM may be on record: it doesn't always tell its ICCID, as while it is busy."""
    if sim is not None:
        return (sim, _unknown(modem))
    last = control.find_sim.first(tx, {"modem": modem})
    return (_unknown(modem),) if last is None else (last.iccid, _unknown(modem))


def _digest(octets: bytes) -> str:
    """SHA-256 of the TPDU: of what a service centre repeats when it delivers a message a second time."""
    tpdu = octets[octets[0] + 1 :] if octets else b""
    if not tpdu:
        return hashlib.sha256(octets).hexdigest()
    return hashlib.sha256(bytes([tpdu[0] & _OF_THE_MESSAGE]) + tpdu[1:]).hexdigest()
