"""STOP and START in five languages, as people really write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.queue.keywords import START_WORDS, STOP_WORDS, Keywords, Wish, plain

KEYWORDS = Keywords()


def wish(text: str) -> Wish | None:
    found = KEYWORDS.find(text)
    return None if found is None else found.wish


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop! ",
        "«Stop.»",
        "¡¡STOP!!",
        "Stop 🙏",
        "Stop\n",
        "ＳＴＯＰ",
        "s t o p".replace(" ", ""),
        "NÃO QUERO MAIS",
        "nao quero mais",
        "no mas",
        "Dona'm de baixa",
        "dona’m  de baixa",
        "cancel·lar",
        "Rezygnuję",
        "rezygnuje",
        "PRZESTAŃ!",
        "Baja.",
        "opt-out",
    ],
)
def test_stop_is_understood_however_it_is_written(text: str) -> None:
    assert wish(text) is Wish.STOP


@pytest.mark.parametrize("text", ["START", "Começar", "ALTA", "Dona'm d'alta", "wznow", "WZNÓW!", "unstop"])
def test_start_is_understood_however_it_is_written(text: str) -> None:
    assert wish(text) is Wish.START


@pytest.mark.parametrize(
    "text",
    ["", "   ", "!!!", "don't stop", "stop it now please", "bus stop", "STOP" * 20, "yes", "ok", "stopp"],
)
def test_message_that_is_more_than_the_word_is_no_keyword(text: str) -> None:
    assert wish(text) is None


@pytest.mark.parametrize("language", ["en", "pt", "es", "ca", "pl"])
def test_every_language_has_words_for_both(language: str) -> None:
    assert all(wish(word) is Wish.STOP for word in STOP_WORDS[language])
    assert all(wish(word) is Wish.START for word in START_WORDS[language])


def test_configured_words_count_too() -> None:
    keywords = Keywords(stop=("No més!",), start=("Torna",))
    assert [keywords.find(text) and keywords.find(text).wish for text in ("no mes", "TORNA")] == [  # type: ignore[union-attr]
        Wish.STOP,
        Wish.START,
    ]


def test_word_that_is_configured_for_both_means_stop() -> None:
    keyword = Keywords(stop=("start",)).find("Start")
    assert keyword is not None
    assert keyword.wish is Wish.STOP


@given(st.text(max_size=80))
def test_any_text_is_judged_alike_in_either_case(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    KEYWORDS.find(text)
