"""The text of a mail, whatever the mail looks like."""

from __future__ import annotations

import contextlib
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.api.compat.mail.letter import UnusableLetterError, read_letter
from gatewayd.api.compat.mail.settings import Content


def mail(subject: str = "Alert", body: str = "Disk full\n", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


def text(made: EmailMessage | bytes, content: Content = Content.BOTH) -> str:
    return read_letter(made if isinstance(made, bytes) else made.as_bytes(), content).text


@pytest.mark.parametrize(
    ("content", "expected"),
    [(Content.SUBJECT, "Alert"), (Content.BODY, "Disk full"), (Content.BOTH, "Alert\nDisk full")],
)
def test_subject_body_or_both_are_taken_as_configured(content: Content, expected: str) -> None:
    assert text(mail(), content) == expected


def test_characters_come_through_every_encoding() -> None:
    made = mail("Zażółć ☃", "Olá €\n")
    for encoding in ("base64", "quoted-printable", "8bit"):
        made.set_content("Olá €\n", cte=encoding)
        assert text(made) == "Zażółć ☃\nOlá €"


def test_plain_part_is_taken_of_several_and_attachments_are_left() -> None:
    made = mail()
    made.add_alternative("<p>Disk <b>full</b></p>", subtype="html")
    made.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="x")
    assert text(made, Content.BODY) == "Disk full"


def test_signature_and_blank_lines_around_are_left_out() -> None:
    assert text(mail(body="\nDisk full  \n\nsince 9\n-- \nNagios\n"), Content.BODY) == "Disk full\n\nsince 9"


def test_message_id_is_the_same_at_every_try() -> None:
    assert read_letter(mail(Message_ID="<17@mx>").as_bytes(), Content.BOTH).message_id == "17@mx"
    assert read_letter(mail().as_bytes(), Content.BOTH).message_id is None


@pytest.mark.parametrize(
    "made",
    [
        b"",
        b"Subject: \r\n\r\n\r\n",
        b"Content-Type: text/html\r\n\r\n<p>x</p>\r\n",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nx\r\n",
        b"Content-Type: text/plain; charset=punycode\r\n\r\nx-y\r\n",
        b"Message-ID: <a@" + b"(" * 6000 + b">\r\nSubject: x\r\n\r\nx\r\n",
        b"Content-Type: message/rfc822\r\n\r\n" * 450 + b"Subject: x\r\n\r\nx\r\n",
        b"Content-Type: text/plain; " + b"a=b; " * 4000 + b"\r\nSubject: x\r\n\r\nx\r\n",
        b"Subject: " + b"\r\n ".join([b"x" * 70] * 300) + b"\r\n\r\nx\r\n",
        b"Auto-Submitted: auto-replied (vacation)\r\nSubject: Re: x\r\n\r\nI am away\r\n",
    ],
)
def test_letter_without_a_text_that_can_be_sent_is_refused(made: bytes) -> None:
    with pytest.raises(UnusableLetterError):
        text(made)


@given(
    st.lists(
        st.sampled_from(
            [
                b"Subject:",
                b"Content-Type:",
                b" multipart/mixed; boundary=",
                b"text/plain; charset=",
                b"Content-Transfer-Encoding: base64",
                b"Message-ID: <",
                b"=?utf-8?q?",
                b"?=",
                b"--x",
                b'"',
                b"\r\n",
                b"\r\n\r\n",
                b"\xff\x00",
                b"[",
                b"<@",
            ]
        )
        | st.binary(max_size=8),
        max_size=25,
    ).map(b"".join)
)
def test_whatever_somebody_sends_is_a_letter_or_unusable(octets: bytes) -> None:
    with contextlib.suppress(UnusableLetterError):
        assert read_letter(octets, Content.BOTH).text
