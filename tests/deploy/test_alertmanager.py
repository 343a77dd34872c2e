"""The example for Alertmanager."""

from __future__ import annotations

import yaml

from .expressions import DEPLOY
from .test_rules import NAMES
from .tools import run

EXAMPLE = DEPLOY / "alertmanager/alertmanager.yml"


def test_alertmanager_takes_the_example() -> None:
    assert "SUCCESS" in run("amtool", "check-config", EXAMPLE)


def route_of(**labels: str) -> str:
    words = [f"{name}={value}" for name, value in labels.items()]
    return run("amtool", "config", "routes", "test", "--config.file", str(EXAMPLE), *words).strip()


def test_alerts_go_to_whoever_is_on_call() -> None:
    assert route_of(alertname="DiskFull", severity="warning") == "on-call"


def test_alerts_that_gatewayd_could_not_tell_of_go_another_way_too() -> None:
    named = yaml.safe_load(EXAMPLE.read_text())["route"]["routes"][1]["matchers"][0]
    alone = named.partition('"')[2].rstrip('"').split("|")
    assert set(alone) <= set(NAMES)
    for alert in alone:
        assert route_of(alertname=alert) == "without-gatewayd,on-call"


def test_alert_that_only_shows_that_the_chain_works_goes_to_nobody() -> None:
    assert route_of(alertname="Watchdog") == "nobody"
