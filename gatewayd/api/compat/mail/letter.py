"""From a mail to the text of a message. Pure; the mail is whatever somebody sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gatewayd.api.compat.charsets import is_charset
from gatewayd.api.compat.mail.settings import Content

if TYPE_CHECKING:
    from email.message import EmailMessage, MIMEPart

#: What ends the text proper (RFC 3676 §4.3).
_SIGNATURE: Final = "\n-- \n"
_LONGEST_ID: Final = 200
#: The headers that are looked at, of the letter and of its parts, with what they are continued by.
_HEADERS: Final = re.compile(
    rb"(?<![^\r\n])(?:content-(?:type|disposition|transfer-encoding)|subject|message-id|auto-submitted):"
    rb"[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*",
    re.IGNORECASE,
)
#: Octets of them in all: the parser takes up to 0.2 s for each thousand.
_LONGEST_HEADERS: Final = 16 * 1024


class UnusableLetterError(Exception):
    """The letter can't become a message; the words are for its sender."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What matters of a mail."""

    text: str
    message_id: str | None
    """Its `Message-ID` without brackets: the same when a mail server tries again."""


def read_letter(octets: bytes, content: Content) -> Letter:
    """Take out of the mail what is to be sent. Raises UnusableLetterError."""
    if sum(len(found[0]) for found in _HEADERS.finditer(octets)) > _LONGEST_HEADERS:
        raise UnusableLetterError(f"its headers are too long: at most {_LONGEST_HEADERS:,} octets are read")
    try:
        return _read(octets, content)
    except RecursionError:
        raise UnusableLetterError("its parts or its comments stand too deep in one another") from None


def _read(octets: bytes, content: Content) -> Letter:
    # Not at the start: most gateways never get a mail.
    from email import message_from_bytes, policy

    mail: EmailMessage = message_from_bytes(octets, policy=policy.SMTP)
    if _header(mail, "auto-submitted").lower().startswith("auto-replied"):
        raise UnusableLetterError(
            "answers of machines are not sent on: they would answer each other for ever"
        )
    parts = []
    if content is not Content.BODY:
        parts.append(" ".join(_header(mail, "subject").split()))
    if content is not Content.SUBJECT:
        parts.append(_body(mail))
    # What the parser could not decode it keeps as halves of characters.
    text = "\n".join(part for part in parts if part).encode(errors="replace").decode()
    if not text:
        raise UnusableLetterError("there is nothing to send: no subject, or no text/plain part with a text")
    return Letter(text, _header(mail, "message-id").strip(" <>")[:_LONGEST_ID] or None)


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name, ""))
    except (
        LookupError,
        ValueError,
        AttributeError,
        TypeError,
    ):  # the parser's own defects with what is no header
        return ""


def _body(mail: EmailMessage) -> str:
    try:
        part = mail.get_body(preferencelist=("plain",))
        content = "" if part is None else _decoded(part)
    except (LookupError, ValueError, AttributeError, TypeError):
        raise UnusableLetterError("its text can't be read: an unknown charset, or broken MIME") from None
    text = "\n".join(line.rstrip() if line != "-- " else line for line in str(content).splitlines())
    return f"\n{text}\n".partition(_SIGNATURE)[0].strip()


def _decoded(part: MIMEPart) -> object:
    """The content of a text part. Raises LookupError for an unknown charset, and what the parser raises."""
    if not is_charset(part.get_content_charset("us-ascii")):
        raise LookupError
    return part.get_content()
