from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.modem.simulator import Effect, Injection, InvalidInjection, parse, parse_all


@pytest.mark.parametrize(
    ("specification", "injection"),
    [
        ("38@10", Injection(Effect.CMS, code=38, nth=10)),
        ("cms500@1", Injection(Effect.CMS, code=500, nth=1)),
        ("CME14@*3", Injection(Effect.CME, code=14, every=3)),
        ("1@+34600000001", Injection(Effect.CMS, code=1, to="+34600000001")),
        ("error@2", Injection(Effect.ERROR, nth=2)),
        ("timeout@*100", Injection(Effect.TIMEOUT, every=100)),
        ("lost@+351910000001", Injection(Effect.LOST, to="+351910000001")),
        ("hang@9", Injection(Effect.HANG, nth=9)),
        ("prompt@5", Injection(Effect.PROMPT, nth=5)),
    ],
)
def test_parse_specification_yields_its_injection(specification: str, injection: Injection) -> None:
    assert parse(specification) == injection


@pytest.mark.parametrize(
    ("specification", "reason"),
    [
        ("", "expected CODE@WHEN"),
        ("38", "expected CODE@WHEN"),
        ("boom@1", "error, timeout, lost, hang or prompt"),
        ("1234@1", "expected CODE@WHEN"),
        ("cms@1", "expected CODE@WHEN"),
        ("38@", r"after the @ expected N"),
        ("38@x", r"after the @ expected N"),
        ("38@34600@1", r"after the @ expected N"),
        ("38@0", "counted from 1"),
        ("38@*0", "counted from 1"),
        ("prompt@*2", "only prompt@N"),
        ("prompt@+34600000001", "only prompt@N"),
    ],
)
def test_parse_wrong_specification_says_what_would_be_right(specification: str, reason: str) -> None:
    with pytest.raises(InvalidInjection, match=reason):
        parse(specification)


def test_parse_all_several_wrong_ones_names_each() -> None:
    with pytest.raises(InvalidInjection) as caught:
        parse_all(["38@1", "boom@1", "38@*0"])
    assert "'boom@1'" in str(caught.value)
    assert "'38@*0'" in str(caught.value)


@given(st.text(alphabet="cmeor0123456789@*+ timeut", max_size=20) | st.text(max_size=20))
def test_parse_any_text_yields_an_injection_or_invalid_injection(specification: str) -> None:
    try:
        injection = parse(specification)
    except InvalidInjection:
        return
    assert [injection.nth, injection.every, injection.to].count(None) == 2
