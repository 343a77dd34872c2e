"""Which language is taken where the wanted one is missing."""

from __future__ import annotations

import pytest

from gatewayd.templates.languages import choose


@pytest.mark.parametrize(
    ("wanted", "there", "chosen"),
    [
        ("pt-BR", ["pt", "pt-BR", "en"], "pt-BR"),
        ("pt-BR", ["pt", "en"], "pt"),
        ("pt-BR", ["pt-PT", "en"], "pt-PT"),
        ("pt", ["pt-PT", "pt-BR", "en"], "pt-BR"),
        ("ca", ["en", "es"], "es"),
        ("ca", ["en-GB"], "en-GB"),
        (None, ["en", "es"], "es"),
        ("ca", ["pl"], None),
    ],
)
def test_best_language_is_the_wanted_one_a_relative_or_the_configured(
    wanted: str | None, there: list[str], chosen: str | None
) -> None:
    assert choose(there, wanted, ["es", "en"]) == chosen
