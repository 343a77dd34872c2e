"""The rules: Prometheus takes them, each fires when it should, and asks for nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .expressions import DEPLOY, ROOT, objections
from .tools import run

RULES = DEPLOY / "prometheus/gatewayd.rules.yml"
TESTS = DEPLOY / "prometheus/gatewayd.rules.test.yml"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
]
NAMES = [alert["alert"] for alert in ALERTS]


def test_prometheus_takes_the_rules_and_the_example_of_its_configuration() -> None:
    run("promtool", "check", "rules", RULES)
    run("promtool", "check", "config", DEPLOY / "prometheus/prometheus.yml")


@pytest.mark.slow
def test_each_rule_fires_when_it_should_and_not_before() -> None:
    run("promtool", "test", "rules", TESTS)


def test_each_rule_has_its_test() -> None:
    cases = yaml.safe_load(TESTS.read_text())["tests"]
    tested = {case["name"] for case in cases}
    assert set(NAMES) <= tested
    assert len(set(NAMES)) == len(NAMES)
    for case in cases:
        if case["name"] in NAMES:
            before, after = case["promql_expr_test"]
            assert (before["exp_samples"], len(after["exp_samples"])) == ([], 1)


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_rule_asks_for_series_and_labels_that_there_are(alert: dict[str, Any]) -> None:
    assert objections(alert["expr"]) == []
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(alert["annotations"]) == {"summary", "description", "runbook"}


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_runbook_of_a_rule_is_a_chapter_that_there_is(alert: dict[str, Any]) -> None:
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert not anchor or anchor in anchors(ROOT / page)


def anchors(page: Path) -> set[str]:
    """The names of a page's chapters in links, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
