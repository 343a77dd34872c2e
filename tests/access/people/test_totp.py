"""Codes of a second factor."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.access.people import totp

#: RFC 6238, appendix B: the last six of the eight digits there, SHA-1.
SECRET = b"12345678901234567890"
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_code_is_that_of_the_specification(at: int, code: str) -> None:
    assert totp.code_at(SECRET, at) == code
    assert totp.step_of(SECRET, code, at, after=None) == at // 30


@pytest.mark.parametrize("typed", ["287 082", " 287082 "])
def test_code_is_taken_however_it_is_spaced(typed: str) -> None:
    assert totp.step_of(SECRET, typed, 59, after=None) == 1


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "28708x", "٢٨٧٠٨٢", "287082\x00"])
def test_what_is_no_code_belongs_to_no_step(typed: str) -> None:
    assert totp.step_of(SECRET, typed, 59, after=None) is None


@pytest.mark.parametrize(("off", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_code_of_a_phone_whose_clock_is_off_is_taken_for_one_step(off: int, accepted: bool) -> None:
    at = 1111111111

    assert (totp.step_of(SECRET, totp.code_at(SECRET, at + off), at, after=None) is not None) == accepted


@given(st.integers(3600, 4_000_000_000))
def test_code_is_taken_once(at: int) -> None:
    code = totp.code_at(SECRET, at)
    step = totp.step_of(SECRET, code, at, after=None)

    assert step is not None
    assert totp.step_of(SECRET, code, at, after=step + 1) is None


def test_secret_has_160_random_bits_and_is_spelled_for_typing() -> None:
    secret = totp.new_secret()

    assert len(secret) == 20
    assert secret != totp.new_secret()
    assert base64.b32decode(totp.spelled(secret)) == secret


def test_uri_tells_an_authenticator_all_it_needs() -> None:
    found = urlsplit(totp.uri(SECRET, "ana"))

    assert (found.scheme, found.netloc, found.path) == ("otpauth", "totp", "/gatewayd:ana")
    values = {name: value[0] for name, value in parse_qs(found.query).items()}
    assert values == {
        "secret": totp.spelled(SECRET),
        "issuer": "gatewayd",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
