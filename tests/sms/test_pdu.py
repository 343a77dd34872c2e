from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.sms.pdu import DecodeError, decode_submit, encode_submit
from gatewayd.sms.segments import PartText, segment
from gatewayd.sms.validity import SHORTEST
from tests.sms.strategies import SENTENCES, numbers, parts, validities


def part_of(text: str, encoding: str = "auto") -> PartText:
    (part,) = segment(text, encoding=encoding).parts
    return part


def test_submit_of_a_short_text_is_this_pdu() -> None:
    pdu = encode_submit("+34600111222", part_of("hellohello"), validity=timedelta(days=1), report=True)
    assert pdu.hex == "0031000B914306101122F20000A70AE8329BFD4697D9EC37"
    assert pdu.tpdu_length == 23


def test_submit_without_validity_has_no_octet_for_it() -> None:
    pdu = encode_submit("5522", part_of("hi"), validity=None, report=False)
    assert pdu.hex == "00010004815522000002E834"


def test_submit_in_ucs2_as_flash_has_its_class() -> None:
    pdu = encode_submit("5522", part_of("ł"), validity=None, report=False, flash=True)
    assert pdu.hex == "000100048155220018020142"


def test_submit_in_seven_bits_as_flash_has_its_class() -> None:
    assert (
        decode_submit(encode_submit("1", part_of("a"), validity=None, report=False, flash=True).octets).dcs
        == 0x10
    )


def test_submit_with_an_smsc_counts_its_length_without_it() -> None:
    with_smsc = encode_submit("5522", part_of("hi"), validity=None, report=False, smsc="+34609090909")
    without = encode_submit("5522", part_of("hi"), validity=None, report=False)
    assert with_smsc.tpdu_length == without.tpdu_length
    assert with_smsc.hex.startswith("07914306090909F9")
    assert decode_submit(with_smsc.octets).smsc == "+34609090909"


@pytest.mark.parametrize("reference", [-1, 256])
def test_submit_with_a_reference_out_of_range_is_refused(reference: int) -> None:
    with pytest.raises(ValueError, match="no message reference"):
        encode_submit("1", part_of("a"), validity=None, report=False, reference=reference)


@given(numbers, parts, validities, st.booleans(), st.booleans(), st.booleans(), st.integers(0, 255))
def test_submit_decoded_is_what_was_encoded(
    to: str,
    part: PartText,
    validity: timedelta | None,
    report: bool,
    flash: bool,
    reject_duplicates: bool,
    reference: int,
) -> None:
    pdu = encode_submit(
        to,
        part,
        validity=validity,
        report=report,
        flash=flash,
        reject_duplicates=reject_duplicates,
        reference=reference,
    )
    submit = decode_submit(pdu.octets)
    assert (submit.to, submit.text, submit.encoding) == (to, part.text, part.encoding)
    assert (submit.report, submit.flash, submit.reject_duplicates) == (report, flash, reject_duplicates)
    assert (submit.reference, submit.user_data.udh, submit.pid) == (reference, part.udh, 0)
    if validity is None:
        assert submit.validity is None
    else:
        assert isinstance(submit.validity, timedelta)
        assert submit.validity <= max(validity, SHORTEST)
    assert pdu.tpdu_length == len(pdu.octets) - 1 <= 164


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES.keys())
@pytest.mark.parametrize("wide", [False, True])
def test_submit_of_each_part_has_its_place_in_the_message(text: str, wide: bool) -> None:
    segmented = segment(text * 4, concat_reference=77, wide_reference=wide)
    read = [
        decode_submit(encode_submit("+34600111222", part, validity=None, report=True).octets)
        for part in segmented.parts
    ]
    assert "".join(submit.text for submit in read) == text * 4
    places = [submit.concatenation for submit in read]
    assert [(p.reference, p.total, p.number, p.wide) for p in places if p] == [
        (77, len(read), number, wide) for number in range(1, len(read) + 1)
    ]


def test_submit_with_an_octet_too_many_is_refused() -> None:
    pdu = encode_submit("5522", part_of("hi"), validity=None, report=False)
    with pytest.raises(DecodeError, match="1 octets behind the end"):
        decode_submit(pdu.octets + b"\x00")
