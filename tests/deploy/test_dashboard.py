"""The dashboard: of a form that Grafana 10 takes, and asking for nothing that there is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .expressions import DEPLOY, objections

DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/gatewayd.json").read_text())
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
#: grafana/grafana, packages/grafana-data/src/valueFormats/categories.ts
UNITS = {"none", "s", "reqps", "percentunit", "bytes", "dBm"}


def test_dashboard_is_of_the_form_of_grafana_10() -> None:
    assert DASHBOARD["schemaVersion"] >= 38
    assert (DASHBOARD["id"], DASHBOARD["uid"]) == (None, "gatewayd")
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_panels_lie_side_by_side() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_panel_has_a_unit_an_explanation_and_queries_that_there_is_an_answer_to(
    panel: dict[str, Any],
) -> None:
    assert panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["datasource"]["uid"] == "${datasource}"
    for target in panel["targets"]:
        assert objections(target["expr"]) == []
        assert '$instance"' in target["expr"]
