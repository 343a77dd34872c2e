"""Prometheus, Alertmanager and gatewayd as Debian and we ship them: from a metric to a message on a phone."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.deploy.expressions import DEPLOY, selectors
from tests.deploy.tools import needed

from .gateway import Gateways, Phones, eventually
from .monitors import alertmanager, asked, prometheus, scraped

pytestmark = pytest.mark.slow

ON_CALL = "+34600000001"
LIST = f"""
[[on_call]]
name = "night"
recipients = ["{ON_CALL}"]
client = "alertmanager"
receivers = ["on-call"]
labels = ["modem"]
"""
PAUSED = """
groups:
  - name: test
    rules:
      - alert: ModemPaused
        expr: gatewayd_modem_mode{mode="paused"} == 1
        labels: {severity: warning}
        annotations: {summary: "{{ $labels.modem }} is paused"}
"""
NOTIFICATION = {
    "version": "4",
    "groupKey": "{}:{}",
    "receiver": "night",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull"},
            "startsAt": "2026-01-05T07:58:12.739266927Z",
            "fingerprint": "c1b9dd3e3f0c3a2b",
        }
    ],
}
#: Counts what need not have happened: there may be no series yet.
SELDOM = {
    "gatewayd_modem_resets_total",
    "gatewayd_messages_refused_total",
    "gatewayd_access_refused_total",
    "gatewayd_webhook_deliveries_total",
    "gatewayd_alert_notifications_total",
    "gatewayd_client_money_spent",
    "gatewayd_client_parts_waiting",
    "gatewayd_received_total",
    "gatewayd_tls_certificate_expiry_timestamp_seconds",
}


def test_alert_becomes_one_message_and_its_end_another(
    tmp_path: Path, plug_in: Phones, serve: Gateways
) -> None:
    phones = [plug_in("phone1"), plug_in("phone2")]
    gateway = serve(*phones, more=LIST)

    def texts() -> list[str]:
        return [entry.text for phone in phones for entry in phone.accepted if entry.to == ON_CALL]

    def counted(series: str) -> float:
        return float(
            next((line.split()[-1] for line in metrics().splitlines() if line.startswith(series)), 0)
        )

    token = gateway.token("alertmanager", "send", "read")
    with (
        alertmanager(tmp_path, gateway.address, token) as manager,
        prometheus(tmp_path, gateway.address, alertmanager=manager.base_url.netloc.decode(), rules=PAUSED),
        gateway.administrator() as admin,
        gateway.client(token) as application,
    ):

        def metrics() -> str:
            return application.get("/metrics").text

        def switch(verb: str) -> None:
            answer = admin.post(f"/v1/modems/phone2/{verb}", json={"reason": "test"})
            assert answer.status_code == 200, answer.text

        switch("pause")
        eventually(lambda: len(texts()) == 1, "whoever is on call is told")
        repeats = 'gatewayd_alert_notifications_total{list="night",result="unchanged"}'
        eventually(lambda: counted(repeats) >= 2, "Alertmanager repeats itself")
        assert texts() == ["ALERT (1 firing): ModemPaused\nmodem=phone2\nphone2 is paused"]
        (group,) = application.get("/v1/alerts").json()["groups"]
        assert (group["list"], group["firing"], group["notices"]) == ("night", 1, 1)

        switch("resume")
        eventually(lambda: len(texts()) == 2, "its end is told")
        assert texts()[1] == "RESOLVED (1 resolved): ModemPaused\nmodem=phone2"
        failed = 'alertmanager_notifications_failed_total{integration="webhook"}'
        assert f"{failed} 0" in manager.get("/metrics").text
    gateway.wait_until_settled()
    assert len(texts()) == 2


def test_reload_changes_the_lists_and_a_wrong_file_is_seen_in_the_metrics(serve: Gateways) -> None:
    gateway = serve(more=LIST)
    token = gateway.token("alertmanager", "send")
    right = gateway.config.read_text()

    def reload(text: str, event: str) -> None:
        assert gateway.process is not None
        gateway.config.write_text(text)
        before = len(gateway.logged(event))
        gateway.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(gateway.logged(event)) > before, event)

    def reloaded() -> bool:
        return "gatewayd_config_reload_successful 1.0" in application.get("/metrics").text

    with gateway.client(token) as application:
        assert application.post("/v1/alerts/alertmanager", json=NOTIFICATION).status_code == 422
        reload(right.replace('receivers = ["on-call"]', 'receivers = ["night"]'), "config.reloaded")
        told = application.post("/v1/alerts/alertmanager", json=NOTIFICATION)
        assert told.json()["lists"][0]["result"] == "told"
        reload(right.replace(ON_CALL, "123"), "config.reload_failed")
        assert not reloaded()
        reload(right, "config.reloaded")
        assert reloaded()


def test_every_query_of_the_dashboard_and_every_rule_has_an_answer(
    tmp_path: Path, plug_in: Phones, serve: Gateways
) -> None:
    gateway = serve(plug_in("phone1", "--reports", "--report-after", "0.1"), more=LIST)
    with prometheus(tmp_path, gateway.address) as client, gateway.administrator() as admin:
        eventually(scraped(client, times=2), "the gateway is scraped")
        admin.post("/v1/messages", json={"to": ON_CALL, "text": "hello"})
        gateway.wait_until_settled()
        eventually(scraped(client, times=6), "the gateway is scraped again")
        for panel in dashboard_panels():
            for target in panel["targets"]:
                expression = filled_in(target["expr"])
                series = {name for name, _ in selectors(expression)}
                assert asked(client, expression) or series & SELDOM, f"nothing for {expression}"
        groups = client.get("/api/v1/rules").json()["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert len(rules) > 30
        assert {rule["health"] for rule in rules} == {"ok"}
        assert {rule["name"] for rule in rules if rule["state"] == "firing"} == set()
        exposed = client_free_of_complaints(admin)
    assert "gatewayd_build_info" in exposed


def dashboard_panels() -> list[dict[str, list[dict[str, str]]]]:
    panels = json.loads((DEPLOY / "grafana/gatewayd.json").read_text())["panels"]
    return [panel for panel in panels if panel["type"] != "row"]


def filled_in(expression: str) -> str:
    """An expression as Grafana asks it."""
    return expression.replace("$__rate_interval", "1m").replace("$instance", ".*")


def client_free_of_complaints(admin: httpx2.Client) -> str:
    """The metrics, of whose form and names promtool has nothing to complain."""
    text = admin.get("/metrics").text
    checked = subprocess.run(
        [needed("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    return text
