"""Our PDUs as two decoders read them that we did not write: python-gammu's and smspdudecoder's.

Neither knows national tables. Where we use one, both show the default alphabet's characters for our septets, and that
is compared: header, fill bits, packing and count must be right for it to come out. The tables have tests of their own.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from io import StringIO
from typing import Any

import gammu
import pytest
from hypothesis import given
from hypothesis import strategies as st
from smspdudecoder.easy import read_incoming_sms, read_outgoing_sms
from smspdudecoder.fields import SMSSubmit

from gatewayd.sms.address import encode_number, encode_smsc
from gatewayd.sms.alphabet import ESCAPE, alphabet
from gatewayd.sms.languages import NationalLanguage as L
from gatewayd.sms.pdu import Pdu, decode_deliver, decode_status_report, encode_submit
from gatewayd.sms.segments import PartText, segment
from gatewayd.sms.tables import FREE
from gatewayd.sms.tables.default import ALPHABET, EXTENSION
from gatewayd.sms.timestamp import write_timestamp
from tests.sms.strategies import SENTENCES, gsm_text, texts

TO = "+34600111222"
#: smspdudecoder reads the header as septets to skip it, so a header with an escape among them shifts its text.
REFERENCE = 7


def by_gammu(pdu: Pdu) -> dict[str, Any]:
    found: dict[str, Any] = gammu.DecodePDU(pdu.octets, True)
    # It hands out its buffer, of one character for each septet; behind the text that is memory of something else.
    found["Text"] = found["Text"].partition("\0")[0]
    return found


def submit(part: PartText) -> Pdu:
    return encode_submit(TO, part, validity=timedelta(hours=24), report=True)


def as_gammu_shows(part: PartText) -> str:
    """In UCS-2 it doubles every tilde (it marks Nokia's special characters by one), in a buffer that stays as long."""
    if part.encoding != "ucs2":
        return part.text
    units = len(part.text.encode("utf-16-be"))
    return part.text.replace("~", "~~").encode("utf-16-be")[:units].decode("utf-16-be")


def in_default_tables(part: PartText, unknown: str) -> str:
    """What a decoder without national tables shows of a part.

    ``unknown`` is what it makes of an escape that leads nowhere and the character ``?`` behind it.
    """
    tables = {bytes([identifier.identifier]): identifier for identifier in L}
    header = part.udh[-6:] if part.udh[-6:-5] == b"\x25" else part.udh[-3:]
    elements = {header[at]: tables[header[at + 2 : at + 3]] for at in range(0, len(header), 3)}
    septets = iter(alphabet(elements.get(0x25), elements.get(0x24)).encode(part.text).encode("ascii"))
    shown = ""
    for septet in septets:
        if septet != ESCAPE:
            shown += ALPHABET[septet]
            continue
        follower = next(septets)
        known = EXTENSION[follower]
        shown += unknown.replace("?", ALPHABET[follower]) if known == FREE else known
    return shown


@pytest.mark.parametrize("text", [*SENTENCES.values(), *(s * 4 for s in SENTENCES.values())])
def test_text_in_the_default_alphabet_or_ucs2_is_read_alike_by_both(text: str) -> None:
    for part in segment(text, concat_reference=REFERENCE).parts:
        assert by_gammu(submit(part))["Text"] == as_gammu_shows(part)
        assert read_outgoing_sms(submit(part).hex) == {"recipient": TO, "content": part.text}


@pytest.mark.parametrize("text", [*SENTENCES.values(), *(s * 4 for s in SENTENCES.values())])
@pytest.mark.parametrize("code", ["tr", "es", "pt"])
def test_text_in_national_tables_has_its_septets_where_both_look_for_them(text: str, code: str) -> None:
    for part in segment(text, languages=(L.of_code(code),), concat_reference=REFERENCE).parts:
        national = part.encoding == f"gsm7-{code}"
        # gammu shows a sign of its own for the escape, and then the character; smspdudecoder a space for both.
        gammus = in_default_tables(part, "¹?") if national else as_gammu_shows(part)
        theirs = in_default_tables(part, " ") if national else part.text
        assert by_gammu(submit(part))["Text"] == gammus
        assert read_outgoing_sms(submit(part).hex)["content"] == theirs


@given(st.one_of(gsm_text, texts).filter(lambda text: not set(text) & set("\0\x01~")))
def test_any_text_is_read_alike_by_gammu(text: str) -> None:
    assert "".join(by_gammu(submit(part))["Text"] for part in segment(text).parts) == text


@given(st.integers(0, 255), st.integers(0, 65535))
def test_place_in_a_message_is_read_alike_by_gammu(narrow: int, wide: int) -> None:
    (first, *_) = segment("a" * 400, concat_reference=narrow).parts
    found = by_gammu(submit(first))["UDH"]
    assert (found["ID8bit"], found["AllParts"], found["PartNumber"]) == (narrow, 3, 1)
    (*_, last) = segment("ł" * 200, concat_reference=wide, wide_reference=True).parts
    found = by_gammu(submit(last))["UDH"]
    assert (found["ID16bit"], found["AllParts"], found["PartNumber"]) == (wide, 4, 4)


@pytest.mark.parametrize("flash", [False, True])
@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize("text", ["plain", "ł"])
def test_flags_are_read_alike_by_both(flash: bool, flag: bool, text: str) -> None:
    (part,) = segment(text).parts
    pdu = encode_submit(
        TO,
        part,
        validity=timedelta(days=3),
        report=flag,
        flash=flash,
        reject_duplicates=not flag,
        reference=99,
    )
    gammus = by_gammu(pdu)
    assert (gammus["Number"], gammus["MessageReference"], gammus["Class"]) == (TO, 99, 0 if flash else -1)
    assert gammus["SMSC"]["Validity"] == "3D"
    theirs = SMSSubmit.decode(StringIO(pdu.hex))
    assert (theirs["header"]["srr"], theirs["header"]["rd"]) == (flag, not flag)
    assert (theirs["message-ref"], theirs["validity-days"]) == (99, 3)


@pytest.mark.parametrize("hours", [-7, 0, 2])
@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES.keys())
def test_delivered_text_is_read_alike_by_all_three(text: str, hours: int) -> None:
    (part, *_) = segment(text, concat_reference=REFERENCE).parts
    moment = datetime(2026, 11, 24, 15, 30, tzinfo=timezone(timedelta(hours=hours)))
    first = 0x44 if part.udh else 0x04
    octets = (
        encode_smsc("+34609090909")
        + bytes([first])
        + encode_number(TO)
        + bytes([0x00, part.dcs])
        + write_timestamp(moment)
        + bytes([part.length])
        + part.user_data
    )
    ours, theirs, gammus = decode_deliver(octets), read_incoming_sms(octets.hex()), by_gammu(Pdu(octets))
    assert (ours.text, ours.sender, ours.scts) == (part.text, TO, moment)
    assert (theirs["content"], theirs["sender"], theirs["date"]) == (part.text, TO, moment)
    assert (gammus["Text"], gammus["Number"]) == (as_gammu_shows(part), TO)
    assert gammus["SMSC"]["Number"] == ours.smsc == "+34609090909"


def test_status_report_is_read_alike_by_gammu() -> None:
    octets = bytes.fromhex("00062A0B914306101122F2621142510300406211425113004000")
    ours, gammus = decode_status_report(octets), by_gammu(Pdu(octets))
    assert (ours.recipient, ours.reference) == (gammus["Number"], gammus["MessageReference"])
    assert (ours.scts, ours.discharged) == (gammus["DateTime"], gammus["SMSCDateTime"])
    assert (ours.delivery.value, gammus["Text"]) == ("delivered", "Delivered")
