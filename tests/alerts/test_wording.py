"""The texts: what comes first, and how they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.alerts.news import Known, compare
from gatewayd.alerts.notification import Alert
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.alerts.wording import fit, text_of
from gatewayd.alerts.words import WORDS
from gatewayd.sms.characters import unsendable
from gatewayd.sms.segments import plan

from .builders import BEGUN, alert, on_call

WEB1 = alert(instance="web1", cluster="prod", summary="Disk of web1 is 95 % full")
WEB2 = alert(instance="web2", cluster="prod", summary="Disk of web2 is 91 % full")
DOWN = alert("HostDown", instance="db1", cluster="prod", severity="critical", summary="db1 does not answer")


def text(
    *alerts: Alert, heard: tuple[Alert, ...] = (), truncated: int = 0, settings: OnCallSettings | None = None
) -> str:
    known = Known(firing={each.fingerprint: each.started_at for each in heard})
    return text_of(compare(known.firing, alerts), settings or on_call(parts=10), truncated)


def over(of: Alert) -> Alert:
    return Alert(of.fingerprint, False, BEGUN, of.labels, of.annotations)


def test_text_counts_names_labels_and_says_what_is_the_matter() -> None:
    assert text(WEB1, WEB2, DOWN) == (
        "ALERT (3 firing, 1 critical): DiskFull x2, HostDown\n"
        "cluster=prod instance=web1,web2,db1\n"
        "Disk of web1 is 95 % full\nDisk of web2 is 91 % full\ndb1 does not answer"
    )


def test_update_speaks_of_what_is_new() -> None:
    assert text(WEB1, over(WEB2), DOWN, heard=(WEB1, WEB2)) == (
        "UPDATE (2 firing, 1 critical, 1 new, 1 resolved): HostDown, DiskFull\n"
        "cluster=prod instance=db1\n"
        "db1 does not answer"
    )


def test_end_names_what_is_over_and_says_no_more_of_it() -> None:
    assert text(over(WEB1), over(WEB2), heard=(WEB1, WEB2)) == (
        "RESOLVED (2 resolved): DiskFull x2\ncluster=prod instance=web1,web2"
    )


def test_alerts_that_were_left_out_are_counted() -> None:
    assert text(WEB1, truncated=40).startswith("ALERT (1 firing, +40 more): DiskFull\n")


def test_many_names_and_values_are_counted_not_listed() -> None:
    many = [alert(f"Rule{number}", instance=f"web{number}") for number in range(8)]
    assert text(*many).splitlines() == [
        "ALERT (8 firing): Rule0, Rule1, Rule2, Rule3, Rule4, +3",
        "instance=web0,web1,web2,+5",
    ]


@pytest.mark.parametrize("language", list(WORDS))
def test_own_words_of_every_language_cost_no_second_alphabet(language: str) -> None:
    settings = on_call(language=language)
    for said in (
        text(WEB1, DOWN, settings=settings),
        text(WEB1, DOWN, heard=(WEB1, WEB2), truncated=3, settings=settings),
        text(over(WEB1), heard=(WEB1,), settings=settings),
    ):
        assert plan(said).encoding == "gsm7"
    assert "{n}" not in said


def test_languages_say_different_things() -> None:
    said = {text(WEB1, heard=(WEB1, WEB2), settings=on_call(language=each)) for each in WORDS}
    assert len(said) == len(WORDS) == 5


def test_text_is_cut_to_its_parts_and_keeps_the_counts() -> None:
    many = [alert(f"Rule{number}", instance=f"web{number}", summary="x" * 200) for number in range(30)]
    said = text(*many, settings=on_call(parts=1))
    assert said.startswith("ALERT (30 firing): Rule0")
    assert said.endswith("...")
    assert plan(said).parts == 1
    assert plan(said).units == 160


def test_letters_of_other_alphabets_are_replaced_where_that_is_usual() -> None:
    said = text(alert(summary="Dysk pełny: „węzeł” żółć"))
    assert plan(said).encoding == "gsm7"
    assert "Dysk pelny" in said


@given(st.text(max_size=3000), st.integers(1, 10))
def test_any_text_fits_after_cutting_and_can_be_sent(any_text: str, parts: int) -> None:
    fitted = fit(any_text, parts)
    assert plan(fitted).parts <= parts
    assert unsendable(fitted) == []
