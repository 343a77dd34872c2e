"""The charts: drawn from figures, readable without seeing them, and without anything inline."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from gatewayd.web.charts import Bar, bars, line


def heights(drawn: str, tone: str) -> list[float]:
    return [float(found) for found in re.findall(rf'<rect class="{tone}"[^>]* height="([\d.]+)"', drawn)]


def test_bars_are_as_high_as_their_figures_and_end_at_a_round_scale() -> None:
    drawn = str(bars([Bar("Mon", 100, 0, "Monday: 100"), Bar("Tue", 30, 20, "Tuesday: 50")], "By day"))
    ElementTree.fromstring(drawn)
    full, part = heights(drawn, "a")
    assert part == pytest.approx(full * 0.3, abs=0.1)
    assert heights(drawn, "b") == [pytest.approx(full * 0.2, abs=0.1)]
    assert ">100</text>" in drawn


def test_nothing_at_all_is_drawn_without_bars() -> None:
    drawn = str(bars([Bar("Mon", 0, 0, "Monday: none")], "By day"))
    ElementTree.fromstring(drawn)
    assert heights(drawn, "a") == heights(drawn, "b") == []
    assert 'viewBox="0 0' in str(bars([], "By day"))


def test_chart_tells_its_name_and_figures_to_who_does_not_see_it() -> None:
    drawn = str(bars([Bar("Mon", 1, 0, 'Monday: "<1>"')], "Messages & more"))
    assert 'role="img" aria-label="Messages &amp; more"' in drawn
    assert "<title>Monday: &#34;&lt;1&gt;&#34;</title>" in drawn


def test_chart_has_nothing_inline_that_the_policy_refuses() -> None:
    drawn = str(bars([Bar("Mon", 1, 2, "x")], "x")) + str(line([(0.0, 1.0)], "x", low=0, high=2))
    assert "style=" not in drawn
    assert "<script" not in drawn


def test_line_is_interrupted_where_nothing_is_known_and_stays_within_its_scale() -> None:
    drawn = str(line([(0.0, -200.0), (0.5, None), (0.75, -80.0), (1.0, 0.0)], "Signal", low=-113, high=-51))
    path = re.search(r' d="([^"]*)"', drawn)
    assert path
    assert re.findall("[ML]", path.group(1)) == ["M", "M", "L"]
    tops = [float(point) for point in re.findall(r"[ML][\d.]+ ([\d.]+)", path.group(1))]
    assert max(tops) <= 132
    assert min(tops) >= 14
