"""One line of the table: what was measured, what others reach, what was aimed at, what came out."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure beside its target."""

    what: str
    peer: str
    """The best of gammu-smsd, smstools 3 and Kannel: by default / tuned by hand."""
    target: str
    ours: str
    met: bool | None
    """None: there is nothing to meet, the figure is for comparison."""
    value: float
    """The figure alone, in the unit that ``ours`` names."""
    remark: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def judged(
    what: str,
    value: float,
    unit: str,
    *,
    least: float | None = None,
    most: float | None = None,
    peer: str = "–",
    digits: int = 1,
    remark: str = "",
) -> Line:
    """Compare ``value`` with its target: at ``least`` or at ``most`` so much."""
    sign, target, compare = _bound(least, most)
    text = f"{value:,.{digits}f} {unit}"
    wanted = "–" if target is None else f"{sign} {target:,g} {unit}"
    met = None if target is None else compare(value, target)
    return Line(what, peer, wanted, text, met, value, remark)


def _bound(
    least: float | None, most: float | None
) -> tuple[str, float | None, Callable[[float, float], bool]]:
    return ("≥", least, operator.ge) if least is not None else ("≤", most, operator.le)


def percentile(values: Sequence[float], share: float) -> float:
    """What ``share`` (0 to 1) of the values are at most."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
