"""A message, and pages of them, as Twilio shows them. Pure."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from typing_extensions import TypedDict

from gatewayd.api.compat.twilio.incoming import Search
from gatewayd.api.compat.twilio.sids import message_sid
from gatewayd.http.paging import encode_cursor
from gatewayd.message import State
from gatewayd.queue.view import MessageView, Page

BASE: Final = "/2010-04-01"

_STATUSES: Final[Mapping[State, str]] = {
    State.STAGED: "accepted",
    State.QUEUED: "queued",
    State.SENDING: "sending",
    # Nobody knows yet whether it was sent; Twilio has no word for that, and this one is not final.
    State.IN_DOUBT: "sending",
    State.SENT: "sent",
    State.DELIVERED: "delivered",
    State.UNDELIVERED: "undelivered",
    State.FAILED: "failed",
    State.EXPIRED: "failed",
    State.CANCELLED: "canceled",
}
#: "Validity Period Expired" and "Unknown error", of which ours knows more in words than Twilio has numbers.
_ERRORS: Final = {State.EXPIRED: 30036, State.FAILED: 30008, State.UNDELIVERED: 30008}


#: No attribute can have this name.
_Sender = TypedDict("_Sender", {"from": None})


class TwilioMessageOut(_Sender):
    """A message; `from` is null: which SIM sends it is decided later."""

    account_sid: str
    api_version: str
    body: str
    date_created: str
    date_sent: str | None
    date_updated: str
    direction: str
    error_code: int | None
    error_message: str | None
    messaging_service_sid: None
    num_media: str
    num_segments: str
    price: None
    """Always null."""
    price_unit: str
    sid: str
    status: str
    subresource_uris: dict[str, str]
    to: str
    uri: str


class TwilioPageOut(TypedDict):
    """A page of the list."""

    end: int
    first_page_uri: str
    messages: list[TwilioMessageOut]
    next_page_uri: str | None
    page: int
    page_size: int
    previous_page_uri: None
    start: int
    uri: str


def message_out(view: MessageView, account: str, currency: str) -> TwilioMessageOut:
    """Return a message."""
    sid = message_sid(view.id)
    return {
        "account_sid": account,
        "api_version": BASE.strip("/"),
        "body": view.text or "",
        "date_created": _rfc2822(view.created_at),
        "date_sent": None if view.sent_at is None else _rfc2822(view.sent_at),
        "date_updated": _rfc2822(view.updated_at),
        "direction": "outbound-api",
        "error_code": _ERRORS.get(view.state),
        "error_message": view.error_text or view.error if view.state in _ERRORS else None,
        "from": None,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(view.parts),
        "price": None,
        "price_unit": currency,
        "sid": sid,
        "status": _status(view),
        "subresource_uris": {},
        "to": view.to,
        "uri": f"{BASE}/Accounts/{account}/Messages/{sid}.json",
    }


def page_out(
    page: Page, search: Search, parameters: Mapping[str, bytes], account: str, currency: str
) -> TwilioPageOut:
    """Return a page of the search that ``parameters`` asked for."""
    size, number = search.query.limit, search.number
    filters = {name: value for name, value in parameters.items() if name not in ("Page", "PageToken")}
    filters["PageSize"] = str(size).encode()

    def uri(at: int, token: str | None) -> str:
        place = {"Page": str(at).encode()} | ({} if token is None else {"PageToken": token.encode()})
        return f"{BASE}/Accounts/{account}/Messages.json?{urllib.parse.urlencode(filters | place)}"

    start = number * size
    return {
        "end": start + max(0, len(page.messages) - 1),
        "first_page_uri": uri(0, None),
        "messages": [message_out(view, account, currency) for view in page.messages],
        "next_page_uri": None if page.next is None else uri(number + 1, encode_cursor(*page.next)),
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": start,
        "uri": uri(number, None if search.query.after is None else encode_cursor(*search.query.after)),
    }


def _status(view: MessageView) -> str:
    if view.state is State.QUEUED and view.wait_reason == "scheduled":
        return "scheduled"
    return _STATUSES[view.state]


def _rfc2822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC).replace(microsecond=0))
