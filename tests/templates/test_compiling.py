"""What templates may do, what they may not, and how they write numbers and dates."""

from __future__ import annotations

import contextlib
import string
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewayd.errors import InvalidRequest
from gatewayd.sms.segments import plan
from gatewayd.templates.compiling import Setting, Source
from gatewayd.templates.fields import Value

RECIFE = ZoneInfo("America/Recife")
VALUES: dict[str, Value] = {
    "name": "Ana",
    "amount": Decimal("1234567.5"),
    "due": date(2026, 12, 31),
    "at": datetime(2026, 12, 31, 21, 30, tzinfo=UTC),
    "phone": "+5581999990000",
    "missing": "",
}
NAMES = list(VALUES)


def fill(source: str, language: str = "pt-BR", channel: str = "sms", **values: Value) -> str:
    return Source(source, NAMES, Setting(channel, language, RECIFE)).fill({**VALUES, **values})


@pytest.mark.parametrize(
    ("source", "language", "text"),
    [
        ("{{ amount|currency('BRL') }}", "pt-BR", "R$ 1.234.567,50"),
        ("{{ amount|currency('EUR') }}", "ca", "1.234.567,50 €"),
        ("{{ amount }}", "pl", "1 234 567,5"),
        ("{{ amount|number(0) }}", "es", "1.234.568"),
        ("{{ due }}", "en", "Dec 31, 2026"),
        ("{{ due|date('long') }}", "pl", "31 grudnia 2026"),
        ("{{ due|date('short') }}", "pt-BR", "31/12/2026"),
        ("{{ at }}", "pt-BR", "31/12/2026 18:30"),
        ("{{ at|time }}", "en", "6:30 PM"),
        ("{{ at|date('short') }}", "es", "31/12/26"),
        ("{{ phone|phone }}", "es", "+55 81 99999-0000"),
        ("{{ missing|date }}{{ missing|number }}{{ missing|currency('EUR') }}|", "es", "|"),
    ],
)
def test_values_are_written_as_the_language_does(source: str, language: str, text: str) -> None:
    assert fill(source, language) == text


@pytest.mark.parametrize("language", ["en", "pt-BR", "es", "ca", "pl", "fr"])
def test_numbers_and_times_of_a_message_need_no_more_than_the_gsm_alphabet(language: str) -> None:
    text = fill("{{ amount|currency('EUR') }} {{ amount }} {{ at|time }} {{ -amount }}", language)
    assert plan(text).encoding == "gsm7"


def test_mail_keeps_the_spaces_of_good_typography() -> None:
    assert "\u00a0" in fill("{{ amount|currency('EUR') }}", "ca", channel="mail")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% if name %}Dear {{ name|upper }}{% else %}Hello{% endif %}", "Dear ANA"),
        ("{{ 'a' if missing else 'b' }}", "b"),
        ("{{ 2.345|round(2, 'floor') }} {{ 2.5|round }}", "2.34 2.0"),
        ("{% for i in range(3) %}{{ loop.index }}{% if not loop.last %},{% endif %}{% endfor %}", "1,2,3"),
        ("{% if name in ('Ana', 'Rui') %}known{% endif %}", "known"),
        ("{{ name ~ '!' }}{{ name|truncate(3) }}", "Ana!Ana"),
        ("{# not shown #}{{ amount + 1 > 5 }}", "True"),
        ("no fields: 100 % { }", "no fields: 100 % { }"),
    ],
)
def test_small_language_does_what_texts_need(source: str, text: str) -> None:
    assert fill(source) == text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("\n\n{{ nmae }}", "line 3: there is no field 'nmae'; did you mean 'name'?"),
        ("{{ name", "line 1: unexpected end of template"),
        ("{% if name %}", "line 1: Unexpected end of template"),
        ("{{ name.__class__.__mro__ }}", "line 1: `.__mro__`: fields have no attributes"),
        ("{{ ''['__class__'] }}", "line 1: `[ ]` may not stand in a template"),
        ("{{ name.format(name) }}", "nothing can be called but `range`"),
        ("{{ cycler }}", "there is no field 'cycler'"),
        ("{{ self._TemplateReference__context }}", "fields have no attributes"),
        ("{{ name|attr('x') }}", "there is no filter 'attr'"),
        ("{{ name|center(1000000000) }}", "there is no filter 'center'"),
        ("{{ name|replace('a', 'aaaa') }}", "there is no filter 'replace'"),
        ("{{ name|dtae }}", "there is no filter 'dtae'; did you mean 'date'?"),
        ("{{ name is callable }}", "there is no test 'callable'"),
        ("{{ 'x' * 1000000000 }}", "`*` may not stand"),
        ("{{ 9 ** 99999999 }}", "`**` may not stand"),
        ("{{ '%1000000000d' % 1 }}", "`%` may not stand"),
        ("{{ " + "(" * 1500 + "1" + ")" * 1500 + " }}", "too deep"),
        ("{{ " + "not " * 900 + "1 }}", "too deep"),
        ("{{ " + "+".join("1" * 1900) + " }}", "too deep"),
        ("{% if 1 %}" * 150 + "{% endif %}" * 150, "too deep"),
        ("{{ name" + "|trim" * 700 + " }}", "too deep"),
        ("{% for i in range(99) %}" + "{{ i|number }}" * 21 + "{% endfor %}", "20 filters in all"),
        ("{% for i in range(99) %}{{ i|number|trim|trim }}{% endfor %}" * 7, "20 filters in all"),
        ("{% set x = 1 %}", "`set` may not stand"),
        ("{% macro f() %}{% endmacro %}", "`macro` may not stand"),
        ("{% include 'x' %}", "`include` may not stand"),
        ("{% import 'x' as y %}", "`import` may not stand"),
        (
            "{% for i in range(9) %}{% for j in range(9) %}{% endfor %}{% endfor %}",
            "may not stand in another",
        ),
        ("{% for c in name %}{% endfor %}", "a loop goes over"),
        ("{% for i in range(3) recursive %}{% endfor %}", "a loop is written"),
        ("{{ loop.index }}", "there is no field 'loop'"),
        ("{% for i in range(3) %}{{ loop.cycle }}{% endfor %}", "`loop.cycle`"),
        ("{{ i }}{% for i in range(3) %}{% endfor %}", "there is no field 'i'"),
    ],
)
def test_everything_else_is_refused_when_it_is_saved(source: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Source(source, NAMES, Setting("sms", "en", RECIFE))
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("body", "template")
    assert words in error.message


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{% for i in range(101) %}x{% endfor %}", "line 1: a loop has at most 100 rounds"),
        ("a\nb {{ name|number }}", "line 2: the filters `number` and `currency` are for numbers"),
        ("{{ name + amount }}", "line 1: "),
        ("{{ due|date('tiny') }}", "the style must be one of short, medium, long, full"),
        ("{{ due|time }}", "are for fields of type datetime"),
        ("{{ amount|number(99) }}", "0 to 6 digits"),
        ("{{ amount|round(2000000) }}", "-20 to 20 digits"),
        ("{{ 1|round(99999999, 'ceil') }}", "-20 to 20 digits"),
        ("{{ name|truncate(1) }}", "line 1: "),
    ],
)
def test_values_that_do_not_go_with_the_template_are_told_by_line(source: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        fill(source, "en")
    assert words in refused.value.errors[0].message


def test_text_that_comes_out_too_long_is_cut_short_while_it_grows() -> None:
    with pytest.raises(InvalidRequest) as refused:
        fill("{% for i in range(100) %}" + "{{ name }}" * 50 + "{% endfor %}", name="x" * 1000)
    assert refused.value.errors[0].code == "too_long"


def test_values_are_never_read_as_templates() -> None:
    assert fill("{{ name }}", name="{{ amount }}{% for %}") == "{{ amount }}{% for %}"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=string.ascii_letters + "{}%#|._()[]'\" *+~-0123456789\n", max_size=60))
def test_any_source_is_a_text_or_a_refusal_and_no_defect(source: str) -> None:
    with contextlib.suppress(InvalidRequest):
        assert isinstance(fill(source), str)
