from __future__ import annotations

import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.sms.cme import CME
from gatewayd.sms.cms import CMS
from gatewayd.sms.faults import LATE_SECONDS, AfterSubmit, FaultClass, Remedy, Scope, lookup

kinds = st.sampled_from(["cms", "cme", "error"])
makers = st.none() | st.sampled_from(
    ["SIEMENS", "Cinterion Wireless", "WAVECOM MODEM", "huawei", "Motorola CE", ""]
)

#: Every meaning that 3GPP TS 27.005 §3.2.5 and the causes behind it give, by number.
CMS_CODES = {
    *(1, 8, 10, 17, 21, 22, 27, 28, 29, 30, 38, 41, 42, 47, 50, 69, 81, 95, 96, 97, 98, 99, 111, 127),
    *(128, 129, 130, 143, 144, 145, 159, 160, 161, 175, 176),
    *(192, 193, 194, 195, 196, 197, 198, 199, 208, 209, 210, 211, 212, 213, 255),
    *(300, 301, 302, 303, 304, 305, 310, 311, 312, 313, 314, 315, 316, 317, 318),
    *(320, 321, 322, 330, 331, 332, 340, 350, 500),
}


def of_class(fault_class: FaultClass) -> set[int]:
    return {code for code, entry in CMS.items() if entry.fault_class is fault_class}


def test_cms_table_has_every_code_that_the_standards_name() -> None:
    assert set(CMS) == CMS_CODES


@pytest.mark.parametrize(
    ("fault_class", "codes"),
    [
        (FaultClass.STOP, {8, 28, 29, 30, 50, 69, 193, 303, 310, 311, 312, 315, 316, 317, 318}),
        (FaultClass.HOUSEKEEPING, {208, 211, 322}),
        (FaultClass.RESET, {81, 98, 209, 210, 300, 313, 320}),
        (FaultClass.LATER, {21, 27, 38, 127, 194, 255, 331, 332, 350}),
    ],
)
def test_cms_codes_of_a_class_are_these(fault_class: FaultClass, codes: set[int]) -> None:
    assert of_class(fault_class) == codes


@pytest.mark.parametrize("table", [CMS, CME])
def test_no_table_entry_is_of_the_class_doubt(table: dict[int, object]) -> None:
    assert all(getattr(entry, "fault_class", None) is not FaultClass.DOUBT for entry in table.values())


@pytest.mark.parametrize("code", range(601))
def test_cms_code_has_a_meaning_and_a_class(code: int) -> None:
    fault = lookup("cms", code)
    assert fault.name == f"+CMS {code}"
    assert fault.text


@pytest.mark.parametrize("code", range(256))
def test_cme_code_has_a_meaning_and_a_class(code: int) -> None:
    fault = lookup("cme", code)
    assert fault.name == f"+CME {code}"
    assert fault.text


def test_cme_groups_do_not_overlap() -> None:
    # A dictionary would hide a code that two groups claim; so the groups are counted in the source.
    import gatewayd.sms.cme as module

    groups = [value for name, value in vars(module).items() if re.fullmatch(r"_[A-Z_]+", name)]
    codes = [code for group in groups for code in group]
    assert len(codes) == len(set(codes)) == len(CME)


@given(kinds, st.integers() | st.none(), makers)
def test_lookup_is_total(kind: Literal["cms", "cme", "error"], code: int | None, maker: str | None) -> None:
    fault = lookup(kind, code, maker)
    assert fault.text
    assert (fault.max_tries is None) == (fault.then is None)


@pytest.mark.parametrize(
    ("kind", "code", "fault_class", "scope"),
    [
        ("cms", 200, FaultClass.LATER, Scope.MESSAGE),
        ("cms", 450, FaultClass.LATER, Scope.MESSAGE),
        ("cms", 599, FaultClass.RESET, Scope.MODEM),
        ("cms", -1, FaultClass.LATER, Scope.MESSAGE),
        ("cme", 255, FaultClass.LATER, Scope.MESSAGE),
        ("cme", 600, FaultClass.RESET, Scope.MODEM),
    ],
)
def test_unknown_code_is_retried_later_below_512_and_is_the_modems_above(
    kind: Literal["cms", "cme"], code: int, fault_class: FaultClass, scope: Scope
) -> None:
    fault = lookup(kind, code)
    assert (fault.fault_class, fault.scope) == (fault_class, scope)


def test_bare_error_has_a_name_and_is_in_doubt_after_submit() -> None:
    fault = lookup("error", None)
    assert (fault.name, fault.code) == ("ERROR", None)
    assert fault.doubtful(0.1)


@pytest.mark.parametrize("code", [17, 210, 300, 320, 332, 350, 500, 599, 280])
def test_code_made_by_the_modem_is_in_doubt_whenever_it_comes(code: int) -> None:
    assert lookup("cms", code).doubtful(0.0)


@pytest.mark.parametrize("code", [0, 31, 52, 60, 100, 187])
def test_cme_code_that_says_nothing_is_in_doubt_whenever_it_comes(code: int) -> None:
    assert lookup("cme", code).doubtful(0.0)


@pytest.mark.parametrize("code", [1, 21, 38, 41, 98, 111, 192, 200, 255])
def test_code_from_the_network_is_a_refusal_until_the_radios_timer(code: int) -> None:
    fault = lookup("cms", code)
    assert fault.after_submit is AfterSubmit.LATE
    assert not fault.doubtful(LATE_SECONDS - 0.001)
    assert fault.doubtful(LATE_SECONDS)


@pytest.mark.parametrize("code", [302, 304, 305, *range(310, 319), 330, 331])
def test_code_given_before_transmission_is_a_refusal_but_never_that_late(code: int) -> None:
    fault = lookup("cms", code)
    assert fault.after_submit is AfterSubmit.REFUSAL
    assert not fault.doubtful(1.0)
    assert fault.doubtful(35.0)


def test_reaction_is_the_class_before_ctrl_z_and_doubt_after_it() -> None:
    fault = lookup("cms", 300)
    assert fault.reaction(seconds_since_ctrl_z=None) is FaultClass.RESET
    assert fault.reaction(seconds_since_ctrl_z=2.0) is FaultClass.DOUBT


def test_reaction_after_the_last_try_is_the_next_class() -> None:
    fault = lookup("cms", 21)
    reactions = [fault.reaction(seconds_since_ctrl_z=1.0, tries=tries) for tries in (1, 2, 3)]
    assert reactions == [FaultClass.LATER, FaultClass.LATER, FaultClass.PERMANENT]


def test_duplicate_rejected_counts_as_sent_where_rejecting_was_ours() -> None:
    assert lookup("cms", 197).sent_if_rd
    assert [code for code, entry in CMS.items() if entry.sent_if_rd] == [197]


@pytest.mark.parametrize("code", [8, 38, 300, 310, 331, 500])
def test_fault_of_sim_modem_or_network_spends_no_attempt(code: int) -> None:
    assert not lookup("cms", code).spends_attempt


@pytest.mark.parametrize("code", [1, 21, 27, 96, 255])
def test_fault_of_message_or_recipient_spends_an_attempt(code: int) -> None:
    assert lookup("cms", code).spends_attempt


@pytest.mark.parametrize(
    ("kind", "code", "remedy"),
    [
        ("cms", 198, Remedy.DROP_VALIDITY),
        ("cms", 305, Remedy.FORCE_PDU_MODE),
        ("cms", 311, Remedy.ENTER_PIN),
        ("cms", 322, Remedy.FREE_STORAGE),
        ("cms", 330, Remedy.SET_SMSC),
        ("cms", 331, Remedy.REGISTER),
        ("cme", 11, Remedy.ENTER_PIN),
        ("cme", 16, None),
        ("cme", 30, Remedy.REGISTER),
    ],
)
def test_fault_names_what_may_cure_it(kind: Literal["cms", "cme"], code: int, remedy: Remedy | None) -> None:
    assert lookup(kind, code).remedy is remedy


@pytest.mark.parametrize(
    ("manufacturer", "code", "text"),
    [
        ("SIEMENS", 512, "user abort"),
        ("Cinterion", 512, "user abort"),
        ("WAVECOM MODEM", 512, "MM establishment failure"),
        ('"Motorola"', 512, "network busy"),
        ("Motorola CE, Copyright 2000", 515, "phone is not in service"),
        ("SIEMENS", 515, "invalid character in address string"),
        (None, 512, "MM establishment failure"),
        ("SIEMENS", 532, "SIM not ready"),
        ("huawei", 532, "manufacturer's own error"),
        ("SIEMENS", 38, "network out of order"),
    ],
)
def test_number_means_what_its_maker_says(manufacturer: str | None, code: int, text: str) -> None:
    assert lookup("cms", code, manufacturer).text == text
