"""docs/metrics.md lists what the program has, and nothing else."""

from __future__ import annotations

import pytest

from .expressions import ROOT, known, objections, page


def test_page_is_what_the_program_says() -> None:
    assert (ROOT / "docs/metrics.md").read_text() == page(), "run make docs"


def test_every_metric_is_named_as_prometheus_wants() -> None:
    ours = [name for name in known() if name.startswith("gatewayd_")]
    assert len(ours) > 50
    assert all(name == name.lower() and "__" not in name for name in ours)


@pytest.mark.parametrize(
    ("expression", "objection"),
    [
        ("gatewayd_haltd == 1", "there is no series gatewayd_haltd"),
        ('gatewayd_halted{modem="a"} == 1', "gatewayd_halted has no label modem"),
        ("rate(gatewayd_submit_seconds[5m])", "there is no series gatewayd_submit_seconds"),
        ("sum by (colour) (gatewayd_halted)", "has a label colour"),
        ("vector(1)", "no series in"),
    ],
)
def test_expression_about_what_there_is_not_is_objected_to(expression: str, objection: str) -> None:
    (found,) = objections(expression)
    assert objection in found
