from __future__ import annotations

import pytest
from hypothesis import given

from gatewayd.sms.address import encode_number, encode_smsc, read_number, read_smsc
from gatewayd.sms.octets import DecodeError, Reader
from tests.sms.strategies import numbers


@pytest.mark.parametrize(
    ("number", "octets"),
    [
        ("+34600111222", "0B914306101122F2"),
        ("5522", "04815522"),
        ("600111222", "098106101122F2"),
        ("*#1", "0381BAF1"),
    ],
)
def test_number_is_written_in_semi_octets_with_its_type(number: str, octets: str) -> None:
    assert encode_number(number) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    "number", ["", "+", "++34", "34+", "1" * 21, "60 0", "abcd\x1a", "\u0661\u0662", "34\n"]
)
def test_number_with_anything_but_digits_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="not a number to send to"):
        encode_number(number)


@given(numbers)
def test_number_read_is_the_one_written(number: str) -> None:
    assert read_number(Reader(encode_number(number)), "TP-DA") == number


@given(numbers)
def test_smsc_read_is_the_one_written(number: str) -> None:
    assert read_smsc(Reader(encode_smsc(number))) == number


def test_smsc_absent_is_one_zero_octet() -> None:
    assert encode_smsc(None) == b"\x00"
    assert read_smsc(Reader(b"\x00")) is None


@pytest.mark.parametrize(
    ("octets", "name"),
    [("0BD0CDE6DB5DCE03", "MMoney"), ("14D0C4F23C7D760390EF7619", "Design@Home"), ("00D0", "")],
)
def test_alphanumeric_sender_is_read_as_a_name(octets: str, name: str) -> None:
    assert read_number(Reader(bytes.fromhex(octets)), "TP-OA") == name


@pytest.mark.parametrize("octets", ["", "0B", "0B91", "0B9143061011"])
def test_address_cut_off_is_an_error(octets: str) -> None:
    with pytest.raises(DecodeError, match="TP-OA is cut off"):
        read_number(Reader(bytes.fromhex(octets)), "TP-OA")
