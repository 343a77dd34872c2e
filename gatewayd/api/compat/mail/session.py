"""One connection of a mail server, as a dialogue: octets in, events and octets out. Pure.

LMTP and SMTP differ in two things: the greeting that begins a session (``LHLO``, ``EHLO`` or ``HELO``), and the
answer to a letter: LMTP gives one for each recipient (RFC 2033 §4.2), SMTP one for all. So one listener speaks both.

What only the protocol decides is answered here. For the rest ``next_event`` returns an event, and nothing goes on
until ``answer`` was called. Lines end in CR LF and nothing else, also those of a letter: where two programs disagree
about that, one letter can be made to look like two ("SMTP smuggling").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

#: RFC 5321 §4.5.3.1.4 asks for 512 octets of a command, and extensions for some more.
_LONGEST_COMMAND: Final = 2_048
#: Wrong commands after which whoever it is is no mail server.
_MOST_MISTAKES: Final = 20
_MAIL: Final = re.compile(r"FROM: ?<([^<>\s]*)>(?: +(\S.*))?", re.IGNORECASE)
_RCPT: Final = re.compile(r"TO: ?<([^<>\s]+)>(?: +(\S.*))?", re.IGNORECASE)
_SIZE: Final = re.compile(r"SIZE=([0-9]{1,15})", re.IGNORECASE)
_HARMLESS: Final = frozenset({"BODY=7BIT", "BODY=8BITMIME", "SMTPUTF8"})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its code (RFC 5321), the enhanced status code (RFC 3463), and words."""

    code: int
    status: str
    words: str

    @property
    def is_good(self) -> bool:
        """Whether what was asked for is done."""
        return self.code < 300

    def octets(self) -> bytes:
        """Return it as a line."""
        words = " ".join(self.words.split())
        return f"{self.code} {self.status} {words}\r\n".encode("ascii", "replace")


@dataclass(frozen=True, slots=True)
class SenderGiven:
    """A letter begins; to be answered with one reply."""

    address: str
    """Of the envelope; empty for what mail servers write themselves."""


@dataclass(frozen=True, slots=True)
class RecipientGiven:
    """The letter has a recipient; to be answered with one reply."""

    address: str


@dataclass(frozen=True, slots=True)
class LetterGiven:
    """The letter is there; to be answered with one reply, or one for each recipient."""

    recipients: tuple[str, ...]
    """Those that were answered well."""
    octets: bytes
    for_each: bool
    """Whether each recipient has an answer of its own, in their order."""


Event = SenderGiven | RecipientGiven | LetterGiven


@dataclass
class Session:
    """One connection.

    Args:
        name: what the listener calls itself.
        max_size: the most octets of a letter.
        max_recipients: the most recipients of a letter.
    """

    name: str
    max_size: int
    max_recipients: int
    closed: bool = False
    """Whether the connection is over once ``take`` is sent."""
    _incoming: bytearray = field(default_factory=bytearray)
    _outgoing: bytearray = field(default_factory=bytearray)
    _pending: Event | None = None
    _is_lmtp: bool = False
    _greeted: bool = False
    _sender: str | None = None
    _recipients: list[str] = field(default_factory=list)
    _letter: bytearray | None = None
    """What came of a letter so far; None outside of one."""
    _mistakes: int = 0

    def greet(self) -> None:
        """Say the first word."""
        self._outgoing += f"220 {self.name} ESMTP and LMTP\r\n".encode()

    def close(self, reply: Reply) -> None:
        """End the connection with ``reply``."""
        self._say(reply)
        self.closed = True

    def receive(self, octets: bytes) -> None:
        """Take in what came."""
        self._incoming += octets

    def take(self) -> bytes:
        """Return what is to be sent, once."""
        octets = bytes(self._outgoing)
        self._outgoing.clear()
        return octets

    def next_event(self) -> Event | None:
        """Return what has to be decided next; None where more has to come first, or the connection is over."""
        while not self.closed and self._pending is None:
            line = self._line()
            if line is None:
                break
            if self._letter is None:
                self._command(line)
            else:
                self._letter_line(line)
        return None if self.closed else self._pending

    def answer(self, *replies: Reply) -> None:
        """Answer the event that ``next_event`` returned."""
        event, self._pending = self._pending, None
        for reply in replies:
            self._say(reply)
        match event:
            case SenderGiven(address) if replies[0].is_good:
                self._sender = address
            case RecipientGiven(address) if replies[0].is_good:
                self._recipients.append(address)
            case LetterGiven():
                self._reset()

    # --- lines ---

    def _line(self) -> bytes | None:
        """Return the next line without its end; None while there is no whole one."""
        end = self._incoming.find(b"\r\n")
        if end < 0:
            longest = _LONGEST_COMMAND if self._letter is None else self.max_size
            if len(self._incoming) > longest:
                self.close(Reply(500, "5.5.6", "the line is too long"))
            return None
        line = bytes(self._incoming[:end])
        # Amortised: a bytearray forgets its beginning without moving the rest.
        del self._incoming[: end + 2]
        return line

    def _letter_line(self, line: bytes) -> None:
        letter = self._letter
        assert letter is not None  # noqa: S101 - asked before
        if line != b".":
            # What is too much is read to its end, but not kept.
            if len(letter) <= self.max_size:
                letter += line.removeprefix(b".") + b"\r\n"  # RFC 5321 §4.5.2
            return
        self._letter = None
        if len(letter) > self.max_size:
            many = len(self._recipients) if self._is_lmtp else 1
            for _ in range(many):
                self._say(_too_large(self.max_size))
            self._reset()
            return
        self._pending = LetterGiven(tuple(self._recipients), bytes(letter), self._is_lmtp)

    # --- commands ---

    def _command(self, line: bytes) -> None:
        if len(line) > _LONGEST_COMMAND:
            self.close(Reply(500, "5.5.6", "the line is too long"))
            return
        try:
            verb, _, rest = line.decode().strip().partition(" ")
        except UnicodeDecodeError:
            verb, rest = "", ""
        match verb.upper():
            case "LHLO" | "EHLO" | "HELO" as greeting:
                self._hello(greeting)
            case "MAIL":
                self._mail(rest)
            case "RCPT":
                self._rcpt(rest)
            case "DATA":
                self._data()
            case "RSET":
                self._reset()
                self._say(Reply(250, "2.0.0", "forgotten"))
            case "NOOP":
                self._say(Reply(250, "2.0.0", "yes"))
            case "VRFY":
                self._say(Reply(252, "2.1.5", "try it"))
            case "QUIT":
                self.close(Reply(221, "2.0.0", "bye"))
            case _:
                self._mistake(Reply(502, "5.5.1", "there is no such command here"))

    def _hello(self, greeting: str) -> None:
        self._reset()
        self._greeted, self._is_lmtp = True, greeting == "LHLO"
        if greeting == "HELO":
            self._outgoing += f"250 {self.name}\r\n".encode()
            return
        offered = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", f"SIZE {self.max_size}")
        for line in (self.name, *offered[:-1]):
            self._outgoing += f"250-{line}\r\n".encode()
        self._outgoing += f"250 {offered[-1]}\r\n".encode()

    def _mail(self, rest: str) -> None:
        found = _MAIL.fullmatch(rest)
        if not self._greeted or self._sender is not None:
            self._mistake(Reply(503, "5.5.1", "LHLO or EHLO first, then one MAIL for each letter"))
        elif found is None:
            self._mistake(Reply(501, "5.5.4", "write MAIL FROM:<address>"))
        else:
            refusal = self._refused_parameter((found[2] or "").split())
            if refusal is None:
                self._pending = SenderGiven(found[1])
            else:
                self._mistake(refusal)

    def _refused_parameter(self, parameters: Sequence[str]) -> Reply | None:
        for parameter in parameters:
            size = _SIZE.fullmatch(parameter)
            if size is not None and int(size[1]) > self.max_size:
                return _too_large(self.max_size)
            if size is None and parameter.upper() not in _HARMLESS:
                return Reply(555, "5.5.4", "there is no such parameter here")
        return None

    def _rcpt(self, rest: str) -> None:
        found = _RCPT.fullmatch(rest)
        if self._sender is None:
            self._mistake(Reply(503, "5.5.1", "MAIL first"))
        elif found is None:
            self._mistake(Reply(501, "5.5.4", "write RCPT TO:<address>"))
        elif found[2] is not None:
            self._mistake(Reply(555, "5.5.4", "there is no such parameter here"))
        elif len(self._recipients) >= self.max_recipients:
            self._say(Reply(452, "4.5.3", f"a letter has at most {self.max_recipients} recipients"))
        else:
            self._pending = RecipientGiven(found[1])

    def _data(self) -> None:
        if not self._recipients:
            self._mistake(Reply(503, "5.5.1", "there is no recipient to send to"))
            return
        self._letter = bytearray()
        self._outgoing += b"354 end with a dot on a line of its own\r\n"

    def _reset(self) -> None:
        self._sender, self._letter = None, None
        self._recipients = []

    def _mistake(self, reply: Reply) -> None:
        self._mistakes += 1
        if self._mistakes > _MOST_MISTAKES:
            reply = Reply(421, "4.7.0", "too many mistakes")
            self.closed = True
        self._say(reply)

    def _say(self, reply: Reply) -> None:
        self._outgoing += reply.octets()


def _too_large(most: int) -> Reply:
    return Reply(552, "5.3.4", f"the letter is too large: at most {most:,} octets are taken")
