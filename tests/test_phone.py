from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.phone import Kind, Phone, PhoneError, Policy, masked, parse


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+34600111222", "ES", Phone("+34600111222", "ES", Kind.MOBILE)),
        (" 600 11 12 22 ", "ES", Phone("+34600111222", "ES", Kind.MOBILE)),
        ("0034 600-111-222", "ES", Phone("+34600111222", "ES", Kind.MOBILE)),
        ("(+351) 912.345.678", "ES", Phone("+351912345678", "PT", Kind.MOBILE)),
        ("+351912345678", "PL", Phone("+351912345678", "PT", Kind.MOBILE)),
        ("+48 501 234 567", "ES", Phone("+48501234567", "PL", Kind.MOBILE)),
        ("911 234 567", "ES", Phone("+34911234567", "ES", Kind.FIXED)),
        ("(202) 555-0123", "US", Phone("+12025550123", "US", Kind.MOBILE_OR_FIXED)),
        ("803 123 456", "ES", Phone("+34803123456", "ES", Kind.PREMIUM)),
        ("901 123 456", "ES", Phone("+34901123456", "ES", Kind.SHARED_COST)),
        ("900 123 456", "ES", Phone("+34900123456", "ES", Kind.TOLL_FREE)),
        ("701 123 456", "ES", Phone("+34701123456", "ES", Kind.OTHER)),
        ("25522", "ES", Phone("25522", "ES", Kind.SHORT_CODE)),
        ("112", "ES", Phone("112", "ES", Kind.SHORT_CODE)),
    ],
)
def test_number_is_read_as_people_write_it(text: str, region: str, expected: Phone) -> None:
    assert parse(text, region) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_number"),
        ("+", "not_a_number"),
        ("abc", "not_a_number"),
        ("call 600111222", "not_a_number"),
        ("600 FLOWER", "not_a_number"),
        ("+34600111222 ext. 5", "not_a_number"),
        ("600111222\x1a", "not_a_number"),
        ("600111222\r", "not_a_number"),
        ("٦٠٠١١١٢٢٢", "not_a_number"),
        ("+999123456789", "no_country"),
        ("+0600111222", "no_country"),
        ("12", "too_short"),
        ("000", "too_short"),
        ("+3460011122", "too_short"),
        ("+346001112223", "too_long"),
        ("6" * 300, "too_long"),
        ("+34000000000", "unassigned"),
        ("+49 1", "too_short"),
    ],
)
def test_number_that_is_none_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(PhoneError, match="the number ") as raised:
        parse(text, "ES")
    assert raised.value.code == code
    assert text.strip() not in str(raised.value) or not text.strip("+")


@given(
    st.text(max_size=30) | st.from_regex(r"[ (]*\+?[0-9 ()./-]{0,25}", fullmatch=True),
    st.sampled_from(["ES", "PL", "US"]),
)
def test_any_text_is_a_number_or_a_phone_error(text: str, region: str) -> None:
    try:
        phone = parse(text, region)
    except PhoneError:
        return
    assert phone.e164.lstrip("+").isdigit()
    assert phone.kind is Kind.SHORT_CODE or parse(phone.e164, "PT") == phone


MOBILE = Phone("+34600111222", "ES", Kind.MOBILE)
LANDLINE = Phone("+34911234567", "ES", Kind.FIXED)
EITHER = Phone("+12025550123", "US", Kind.MOBILE_OR_FIXED)
PREMIUM = Phone("+34803123456", "ES", Kind.PREMIUM)
SHORT = Phone("25522", "ES", Kind.SHORT_CODE)
OTHERS = [Phone("+34900123456", "ES", kind) for kind in (Kind.TOLL_FREE, Kind.SHARED_COST, Kind.OTHER)]


@pytest.mark.parametrize("phone", [MOBILE, LANDLINE, EITHER, *OTHERS])
def test_policy_without_configuration_allows_what_is_neither_premium_nor_a_short_code(phone: Phone) -> None:
    Policy().check(phone)


@pytest.mark.parametrize(
    ("policy", "phone", "code"),
    [
        (Policy(), PREMIUM, "premium_not_allowed"),
        (Policy(), SHORT, "short_code_not_allowed"),
        (Policy(allow_landlines=False), LANDLINE, "landline_not_allowed"),
        (Policy(countries=frozenset({"PT", "PL"})), MOBILE, "country_not_allowed"),
        (Policy(countries=frozenset({"PT"}), allow_premium=True), PREMIUM, "country_not_allowed"),
    ],
)
def test_policy_refuses_with_the_reason(policy: Policy, phone: Phone, code: str) -> None:
    with pytest.raises(PhoneError) as raised:
        policy.check(phone)
    assert raised.value.code == code
    assert phone.e164 not in str(raised.value)


@pytest.mark.parametrize(
    ("policy", "phone"),
    [
        (Policy(allow_premium=True), PREMIUM),
        (Policy(allow_short_codes=True), SHORT),
        (Policy(allow_landlines=False), EITHER),
        (Policy(countries=frozenset({"PT", "ES"})), MOBILE),
    ],
)
def test_policy_allows_what_configuration_allows(policy: Policy, phone: Phone) -> None:
    policy.check(phone)


def test_policy_names_the_countries_that_are_allowed() -> None:
    with pytest.raises(PhoneError, match=r"numbers of ES are not allowed here \(allowed: PL, PT\)"):
        Policy(countries=frozenset({"PT", "PL"})).check(MOBILE)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+34600111212", "+34…12"),
        ("+351912345678", "+351…78"),
        ("+12025550123", "+1…23"),
        ("+999123456", "+…56"),
        ("25522", "…22"),
        ("12", "…"),
        ("", "…"),
        ("+", "+…"),
    ],
)
def test_masked_number_shows_its_country_and_two_digits(number: str, shown: str) -> None:
    assert masked(number) == shown
