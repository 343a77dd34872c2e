"""Charts as inline SVG: drawn here, so that they need no script and print as they look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

_WIDTH: Final = 640  # of the view box; a chart is as wide as its place
_HEIGHT: Final = 150
_FOOT: Final = 18  # for the labels below
_HEAD: Final = 14  # for the scale's figure above


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its good part below, its bad part on top."""

    label: str
    good: int
    bad: int
    title: str
    """What a reader of the screen, or a pointer over the bar, is told."""


def bars(items: Sequence[Bar], name: str, *, every: int = 1) -> Markup:
    """A bar chart.

    Args:
        items: from left to right.
        name: what it shows, for readers of the screen.
        every: each how manyth bar has its label below.
    """
    most = max((bar.good + bar.bad for bar in items), default=0)
    top = _round_up(most)
    room = _HEIGHT - _FOOT - _HEAD
    step = _WIDTH / max(len(items), 1)
    drawn = [
        Markup('<line class="axis" x1="0" x2="{w}" y1="{y}" y2="{y}"/>').format(w=_WIDTH, y=_HEAD + room),
        Markup('<line class="axis" x1="0" x2="{w}" y1="{y}" y2="{y}"/><text x="0" y="{t}">{n}</text>').format(
            w=_WIDTH, y=_HEAD, t=_HEAD - 4, n=top
        ),
    ]
    for number, bar in enumerate(items):
        drawn.append(_bar(bar, number * step, step, top, room, labelled=number % every == 0))
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{name}">{drawn}</svg>'
    ).format(w=_WIDTH, h=_HEIGHT, name=name, drawn=Markup("").join(drawn))


def _bar(bar: Bar, left: float, step: float, top: int, room: int, *, labelled: bool) -> Markup:
    good, bad = bar.good * room / top, bar.bad * room / top
    floor = _HEAD + room
    inner = Markup("<title>{}</title>").format(bar.title)
    for height, below, tone in ((good, 0.0, "a"), (bad, good, "b")):
        if height:
            inner += Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                tone, left + step * 0.14, floor - below - height, step * 0.72, height
            )
    # An empty rectangle over the whole height catches the pointer where the bar is low.
    inner += Markup('<rect fill="transparent" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
        left, _HEAD, step, room
    )
    if labelled:
        inner += Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            left + step / 2, _HEIGHT - 4, bar.label
        )
    return Markup("<g>{}</g>").format(inner)


def line(points: Sequence[tuple[float, float | None]], name: str, *, low: float, high: float) -> Markup:
    """A line over time.

    Args:
        points: (place from 0 to 1, value); None interrupts the line.
        name: what it shows, for readers of the screen.
        low, high: the values at the bottom and at the top.
    """
    room = _HEIGHT - _FOOT - _HEAD
    paths: list[str] = []
    pen = "M"
    for place, value in points:
        if value is None:
            pen = "M"
            continue
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        paths.append(f"{pen}{place * _WIDTH:.1f} {_HEAD + room * (1 - share):.1f}")
        pen = "L"
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{name}">'
        '<line class="axis" x1="0" x2="{w}" y1="{foot}" y2="{foot}"/><path class="line" d="{d}"/></svg>'
    ).format(w=_WIDTH, h=_HEIGHT, name=name, foot=_HEAD + room, d="".join(paths))


def _round_up(value: int) -> int:
    """The next 1, 2 or 5 followed by zeros: what a scale ends in."""
    unit = 1
    while True:
        for digit in (1, 2, 5):
            if digit * unit >= value:
                return digit * unit
        unit *= 10
