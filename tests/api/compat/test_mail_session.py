"""The dialogue with a mail server, octet by octet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.api.compat.mail.session import Event, LetterGiven, RecipientGiven, Reply, SenderGiven, Session

GOOD = Reply(250, "2.0.0", "ok")
BAD = Reply(550, "5.1.1", "no")
LETTER = b"Subject: Hi\r\n\r\nHello\r\n"


def begun(greeting: str = "LHLO", *, max_size: int = 1_000, max_recipients: int = 3) -> Session:
    session = Session("sms.example.org", max_size, max_recipients)
    session.greet()
    session.receive(f"{greeting} mx\r\n".encode())
    assert session.next_event() is None
    session.take()
    return session


def said(session: Session, lines: bytes, *answers: Reply) -> tuple[list[Event], list[str]]:
    """Say ``lines``, answer each event; return the events, and the codes of what was answered."""
    waiting = list(answers)
    events: list[Event] = []
    session.receive(lines)
    while (event := session.next_event()) is not None:
        events.append(event)
        if isinstance(event, LetterGiven) and event.for_each:
            session.answer(*(waiting.pop(0) if waiting else GOOD for _ in event.recipients))
        else:
            session.answer(waiting.pop(0) if waiting else GOOD)
    return events, [line[:9].decode() for line in session.take().splitlines()]


def test_greeting_names_the_listener_and_what_it_can() -> None:
    session = Session("sms.example.org", 1_000, 3)
    session.greet()
    session.receive(b"EHLO mx\r\n")
    assert session.next_event() is None
    lines = session.take().decode().splitlines()
    assert lines[0] == "220 sms.example.org ESMTP and LMTP"
    assert lines[1:] == [
        "250-sms.example.org",
        "250-PIPELINING",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-ENHANCEDSTATUSCODES",
        "250 SIZE 1000",
    ]


def test_lmtp_answers_for_each_recipient() -> None:
    session = begun("LHLO")
    script = (
        b"MAIL FROM:<a@b.c>\r\nRCPT TO:<1@s>\r\nRCPT TO:<2@s>\r\nRCPT TO:<3@s>\r\nDATA\r\n"
        + LETTER
        + b".\r\n"
    )
    events, codes = said(session, script, GOOD, GOOD, BAD, GOOD, GOOD, Reply(452, "4.3.1", "full"))
    assert events == [
        SenderGiven("a@b.c"),
        RecipientGiven("1@s"),
        RecipientGiven("2@s"),
        RecipientGiven("3@s"),
        LetterGiven(("1@s", "3@s"), LETTER, for_each=True),
    ]
    assert [code[:3] for code in codes] == ["250", "250", "550", "250", "354", "250", "452"]


def test_smtp_answers_once_for_all_recipients() -> None:
    script = (
        b"MAIL FROM:<a@b.c> SIZE=10 BODY=8BITMIME\r\nRCPT TO:<1@s>\r\nRCPT TO:<2@s>\r\nDATA\r\nx\r\n.\r\n"
    )
    events, codes = said(begun("EHLO"), script)
    assert events[-1] == LetterGiven(("1@s", "2@s"), b"x\r\n", for_each=False)
    assert [code[:3] for code in codes] == ["250", "250", "250", "354", "250"]


def test_several_letters_go_over_one_connection() -> None:
    session = begun()
    one = b"MAIL FROM:<a@b.c>\r\nRCPT TO:<1@s>\r\nDATA\r\nx\r\n.\r\n"
    events, _ = said(session, one + one + b"MAIL FROM:<a@b.c>\r\nRSET\r\n" + one + b"QUIT\r\n")
    assert sum(isinstance(event, LetterGiven) for event in events) == 3
    assert session.closed


@given(st.integers(1, 40))
def test_letter_is_the_same_however_its_octets_are_cut(size: int) -> None:
    script = b"MAIL FROM:<a@b.c>\r\nRCPT TO:<1@s>\r\nDATA\r\n..dot\r\n.\r\n"
    session = begun()
    events: list[Event] = []
    for start in range(0, len(script), size):
        events += said(session, script[start : start + size])[0]
    assert events[-1] == LetterGiven(("1@s",), b".dot\r\n", for_each=True)


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n"])
def test_letter_ends_with_nothing_but_a_dot_between_crlf(end: bytes) -> None:
    """SMTP smuggling: what another server takes for the text must not become commands here."""
    session = begun()
    hidden = b"MAIL FROM:<evil@b.c>\r\nRCPT TO:<9@s>\r\n"
    script = b"MAIL FROM:<a@b.c>\r\nRCPT TO:<1@s>\r\nDATA\r\nx" + end + hidden + b".\r\n"
    events, _ = said(session, script)
    assert SenderGiven("evil@b.c") not in events
    assert isinstance(events[-1], LetterGiven)
    assert b"evil" in events[-1].octets


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (b"RCPT TO:<1@s>\r\n", "503 5.5.1"),
        (b"DATA\r\n", "503 5.5.1"),
        (b"MAIL a@b.c\r\n", "501 5.5.4"),
        (b"MAIL FROM:<a@b.c> AUTH=<>\r\n", "555 5.5.4"),
        (b"MAIL FROM:<a@b.c> SIZE=1001\r\n", "552 5.3.4"),
        (b"AUTH PLAIN AAAA\r\n", "502 5.5.1"),
        (b"STARTTLS\r\n", "502 5.5.1"),
        (b"\xff\xfe\r\n", "502 5.5.1"),
        (b"NOOP\r\n", "250 2.0.0"),
        (b"VRFY x\r\n", "252 2.1.5"),
    ],
)
def test_command_that_is_wrong_or_harmless_is_answered_at_once(script: bytes, code: str) -> None:
    assert said(begun(), script) == ([], [code])


def test_mail_before_the_greeting_is_refused() -> None:
    session = Session("sms.example.org", 1_000, 3)
    assert said(session, b"MAIL FROM:<a@b.c>\r\n") == ([], ["503 5.5.1"])


def test_sender_refused_has_no_recipients() -> None:
    _, codes = said(begun(), b"MAIL FROM:<a@b.c>\r\nRCPT TO:<1@s>\r\nDATA\r\n", BAD)
    assert codes == ["550 5.1.1", "503 5.5.1", "503 5.5.1"]


def test_letter_with_too_many_recipients_is_told_so_for_those_beyond() -> None:
    script = b"MAIL FROM:<a@b.c>\r\n" + b"".join(b"RCPT TO:<%d@s>\r\n" % number for number in range(4))
    events, codes = said(begun(max_recipients=3), script)
    assert len(events) == 4
    assert codes[-1] == "452 4.5.3"


@pytest.mark.parametrize(("greeting", "answers"), [("LHLO", 2), ("EHLO", 1)])
def test_letter_too_large_is_read_to_its_end_and_refused(greeting: str, answers: int) -> None:
    session = begun(greeting, max_size=100)
    script = b"MAIL FROM:<a@b.c>\r\nRCPT TO:<1@s>\r\nRCPT TO:<2@s>\r\nDATA\r\n" + b"x" * 50 + b"\r\n"
    events, codes = said(session, script + (b"y" * 50 + b"\r\n") * 100 + b".\r\nNOOP\r\n")
    assert not any(isinstance(event, LetterGiven) for event in events)
    assert codes[4:] == ["552 5.3.4"] * answers + ["250 2.0.0"]


def test_line_without_an_end_closes_the_connection() -> None:
    for session in (begun(), begun(max_size=3_000)):
        said(session, b"x" * 3_000)
        assert session.closed


def test_many_mistakes_close_the_connection() -> None:
    session = begun()
    _, codes = said(session, b"HELP\r\n" * 30)
    assert session.closed
    assert codes[-1] == "421 4.7.0"


@given(
    st.lists(
        st.sampled_from(
            [b"LHLO a", b"MAIL FROM:<a@b>", b"RCPT TO:<1@s>", b"DATA", b".", b"", b"RSET", b"QUIT"]
        )
    )
)
def test_session_answers_whatever_it_is_told(lines: list[bytes]) -> None:
    session = Session("sms.example.org", 1_000, 3)
    events, codes = said(session, b"\r\n".join(lines) + b"\r\n")
    assert all(code[:3].isdigit() for code in codes)
    assert len(events) <= len(lines)


def test_words_of_a_reply_stay_on_their_line() -> None:
    assert Reply(550, "5.1.1", "ü\r\n250 ok").octets() == b"550 5.1.1 ? 250 ok\r\n"
