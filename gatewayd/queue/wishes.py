"""What a received keyword does: STOP ends messages to its sender, START lets them begin again; and the answers to both.

gatewayd answers by itself only where `[queue.replies]` has a text for it, and then with care, because the other side
may be a machine that answers too: only to a keyword that changed something, only to telephone numbers, and at most
once in 24 hours to each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from gatewayd import phone
from gatewayd.access.registry import ensure_client
from gatewayd.errors import InvalidRequest, NotFound
from gatewayd.phone import masked
from gatewayd.queue import accepting, optout
from gatewayd.queue.admission import NO_REGION, Admission
from gatewayd.queue.draft import Draft
from gatewayd.queue.keywords import Keyword, Keywords, Wish
from gatewayd.queue.optout import OWN_CLIENT
from gatewayd.queue.records import optouts as records
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

#: The type of what gatewayd itself sends.
REPLY_TYPE: Final = "auto_reply"
_REPLY_PAUSE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Replies:
    """How keywords are answered."""

    texts: Mapping[Wish, str]
    """Only those that are answered."""
    admission: Admission
    """An answer is subject to the same rules as any message."""


def _without_pseudonym(_number: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Rules:
    """How received messages are understood."""

    keywords: Keywords = field(default_factory=Keywords)
    honour: bool = True
    """Whether nothing is sent to who opted out. Otherwise that is only recorded."""
    region: str = NO_REGION
    """ISO 3166 code of the country of senders that come without one."""
    replies: Replies | None = None
    pseudonym: Callable[[str], str | None] = _without_pseudonym
    """What a number (E.164) is called where it must not stand; None where there is no key for that."""

    def number(self, sender: str) -> str:
        """A sender in E.164, as recipients are kept; a short code, a name or the like as it is."""
        try:
            return phone.parse(sender, self.region).e164
        except phone.PhoneError:
            return sender


DEFAULT: Final = Rules()


def fulfil(tx: Tx, keyword: Keyword, sender: str, *, modem: str, at: datetime, rules: Rules) -> None:
    """Do what ``keyword`` asks for; nothing where that is so already, or where the sender is no telephone number."""
    if not _can_be_sent_to(sender):
        return
    by, pseudonym = f"recipient:{masked(sender)}", rules.pseudonym(sender)
    if keyword.wish is Wish.STOP:
        _, new = optout.add(
            tx, sender, reason=keyword.word, by=by, at=at, cancel=rules.honour, pseudonym=pseudonym
        )
        if not new:
            return
    else:
        try:
            optout.remove(tx, sender, reason=keyword.word, by=by, at=at, pseudonym=pseudonym)
        except NotFound:
            return
    _reply(tx, keyword.wish, sender, modem, at, rules.replies)


def _can_be_sent_to(sender: str) -> bool:
    """Whether it is a telephone number that exists; short codes and names are none."""
    try:
        return phone.parse(sender, NO_REGION).e164 == sender
    except phone.PhoneError:
        return False


def _reply(tx: Tx, wish: Wish, recipient: str, modem: str, at: datetime, replies: Replies | None) -> None:
    if replies is None or wish not in replies.texts:
        return
    client = ensure_client(tx, OWN_CLIENT, OWN_CLIENT, at)
    recent = {"client_id": client.id, "recipient": recipient, "since": at - _REPLY_PAUSE}
    if records.sent_lately.first(tx, recent) is not None:
        return
    draft = Draft(to=recipient, text=replies.texts[wish], type=REPLY_TYPE, modem=modem)
    try:
        prepared = replies.admission.prepare(draft, at)
    except InvalidRequest as error:
        tx.after_commit(partial(log.warning, "inbox.reply_refused", reason=str(error)))
        return
    row = accepting.row_of(prepared, client.id, replies.admission.route(prepared, client.name), at)
    accepting.accept(tx, [row], at)
