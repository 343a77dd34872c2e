"""From the parameters of `/cgi-bin/sendsms` to drafts. Pure.

A parameter that changes nothing about the message here is left aside; one that would change it in a way that we
can't is refused, so that nobody gets something else than was asked for. docs/compat.md lists both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from gatewayd.api.compat.charsets import is_charset
from gatewayd.api.compat.numbers import dialled
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.message import Priority
from gatewayd.queue.draft import Draft

#: Most receivers of one request, as of a message of our own API.
MAX_RECEIVERS: Final = 1_000
#: Kannel's default where ``coding`` is 2.
_UCS2_CHARSET: Final = "utf-16-be"
_UNICODE: Final = 2
#: Bits of ``dlr-mask``: delivered to the phone, and not delivered to it.
_FATE_AT_PHONE: Final = 1 | 2
#: Kannel's 0 is the lowest.
_PRIORITIES: Final = (Priority.BULK, Priority.NORMAL, Priority.HIGH, Priority.EMERGENCY)
#: What would make another kind of message of it, with the values that don't.
_REFUSED: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "udh": ("UDH", frozenset({""})),
    "mwi": ("MWI", frozenset({"", "-1"})),
    "pid": ("PID", frozenset({"", "-1", "0"})),
    "compress": ("Compress", frozenset({"", "-1", "0"})),
}


class Rejected(InvalidRequest):
    """The request is wrong, in Kannel's own words."""

    def __init__(self, words: str) -> None:
        super().__init__([FieldError("", "rejected", f"{words}, rejected")])


def drafts(parameters: Mapping[str, bytes], now: datetime, region: str) -> list[Draft]:
    """Return a draft for each receiver. Raises Rejected, in Kannel's words.

    ``now``: what ``validity`` and ``deferred`` count from. ``region``: of receivers without a country code.
    """
    for name, (label, harmless) in _REFUSED.items():
        if _word(parameters, name) not in harmless:
            raise Rejected(f"{label} is not supported: this gateway sends texts only")
    receivers = _receivers(parameters)
    coding = _number(parameters, "coding", "Coding", range(3))
    if coding == 1:
        raise Rejected("Coding 1 (8 bit) is not supported: this gateway sends texts only")
    template = Draft(
        to="",
        text=_text(parameters, unicode=coding == _UNICODE),
        priority=_priority(parameters),
        send_at=_after(parameters, "deferred", "Deferred", now),
        expires_at=_after(parameters, "validity", "Validity", now),
        encoding="ucs2" if coding == _UNICODE else "auto",
        flash=_is_flash(parameters),
        report=_wants_report(parameters),
        modem=_word(parameters, "smsc") or None,
        reference=_word(parameters, "account") or None,
    )
    return [replace(template, to=dialled(receiver, region)) for receiver in receivers]


def _receivers(parameters: Mapping[str, bytes]) -> list[str]:
    if "to" not in parameters:
        raise Rejected("Missing receiver number")
    receivers = list(dict.fromkeys(_word(parameters, "to").split()))
    if not receivers:
        raise Rejected("Empty receiver number not allowed")
    if len(receivers) > MAX_RECEIVERS:
        raise Rejected(f"Too many receivers: at most {MAX_RECEIVERS:,}")
    return receivers


def _text(parameters: Mapping[str, bytes], *, unicode: bool) -> str:
    charset = _word(parameters, "charset") or (_UCS2_CHARSET if unicode else "utf-8")
    octets = parameters.get("text", b"")
    if not octets:
        raise Rejected("Empty text not allowed")
    # Both words mean big-endian to Kannel; Python would look for a byte order mark.
    charset = _UCS2_CHARSET if charset.lower() in ("ucs-2", "ucs2", "utf-16", "utf16") else charset
    if not is_charset(charset):
        return _misformed("Charset or body")
    try:
        text = octets.decode(charset)
        # Some charsets, such as UTF-7, can write half a character.
        text.encode()
    except (LookupError, ValueError):  # no charset of texts, or octets that are none of it
        return _misformed("Charset or body")
    return text


def _priority(parameters: Mapping[str, bytes]) -> Priority | None:
    asked = _number(parameters, "priority", "Priority", range(len(_PRIORITIES)))
    return None if asked is None else _PRIORITIES[asked]


def _is_flash(parameters: Mapping[str, bytes]) -> bool:
    """Class 0 is flash; class 1, to the handset's memory, is what happens without a class."""
    message_class = _number(parameters, "mclass", "MClass", range(4))
    if message_class in (2, 3):
        raise Rejected("MClass 2 and 3 are not supported: a text goes to the handset, not to its SIM")
    return message_class == 0 or _word(parameters, "flash") == "1"


def _wants_report(parameters: Mapping[str, bytes]) -> bool:
    name = "dlr-mask" if "dlr-mask" in parameters else "dlrmask"
    mask = _number(parameters, name, "DLR-Mask", range(64))
    url = _word(parameters, "dlr-url") or _word(parameters, "dlrurl")
    if url and not url.lower().startswith(("http://", "https://")):
        _misformed("DLR-URL field")
    return bool((mask or 0) & _FATE_AT_PHONE)


def _after(parameters: Mapping[str, bytes], name: str, label: str, now: datetime) -> datetime | None:
    minutes = _number(parameters, name, label, range(1, 60 * 24 * 366))
    return None if minutes is None else now + timedelta(minutes=minutes)


def _number(parameters: Mapping[str, bytes], name: str, label: str, allowed: range) -> int | None:
    """A number; None where it is left out, or Kannel's -1, which means the same."""
    word = _word(parameters, name)
    if word in ("", "-1"):
        return None
    if not (word.isascii() and word.isdigit() and len(word) <= 6 and int(word) in allowed):
        _misformed(f"{label} field")
    return int(word)


def _word(parameters: Mapping[str, bytes], name: str) -> str:
    try:
        return parameters.get(name, b"").decode().strip()
    except UnicodeDecodeError:
        return _misformed(f"{name} field")


def _misformed(what: str) -> str:
    raise Rejected(f"{what} misformed")
