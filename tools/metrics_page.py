"""Print docs/metrics.md, made from the metrics that the program defines: so it can't be out of date."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

import gatewayd

INTRODUCTION = """\
# Metrics

`GET /metrics` answers in Prometheus' format, or in OpenMetrics where that is asked for; without a token, unless
`[api] open_metrics = false`: then it needs one with the scope `metrics`. How to wire Prometheus, Alertmanager and
Grafana is in [Monitoring](monitoring.md). This page is made from the program by `make docs`.

No label has a value that grows with traffic: modems, lists and clients are those that you make, prefixes are those
of `[queue] operator_prefixes` and country codes. Times are in seconds, sizes in bytes. Counters begin at 0 with each
start. `process_…` and `python_…` come from the Prometheus library.
"""

#: What is said of a package's metrics, in the order of the page.
PACKAGES = {
    "queue": "The queue",
    "modem": "Modems",
    "http": "The HTTP server",
    "api": "The API",
    "access": "Access",
    "webhooks": "Webhooks",
    "alerts": "Alerts",
    "batches": "Batches",
    "mail": "Mail",
    "store": "The database",
    "supervisor": "The process",
}

#: What a label's values mean, where its name doesn't say.
NOTES = {
    "gatewayd_submits_total": "`accepted`, `refused`, `unknown`: in doubt",
    "gatewayd_withdrawn_total": "`cancelled`, `expired`, `quota`, `stopped` …",
    "gatewayd_reports_total": "`matched`, `repeated` (came again), `waiting` (fits nothing yet), `ambiguous` (fits "
    "several parts, so given to none), `dropped` (fitted nothing for 24 hours), `garbled`",
    "gatewayd_modem_mode": "`running`, `draining`, `paused`, `stopped`",
    "gatewayd_modem_commands_total": "`ok`, `error`, `timeout`",
    "gatewayd_modem_resets_total": "`escape`, `reopen`, `restart`, `power`",
    "gatewayd_messages_settled_total": "states as in [What can happen to a message](states.md); prefixes such as "
    "`+34`, or `short` for short codes",
    "gatewayd_batches_open": "`draft`, `checked`: waits for approval, `approved`, `running`, `paused`",
    "gatewayd_oldest_waiting_seconds": "0: there is none",
    "gatewayd_alert_notifications_total": "`told`, `held`, `unchanged`, `dropped`, `unwanted`, `undeliverable`: see "
    "[Monitoring](monitoring.md#messages-to-whoever-is-on-call)",
}


def metrics() -> Iterator[tuple[str, MetricWrapperBase]]:
    """Every metric of the program with the package that defines it."""
    seen: set[int] = set()
    for module in pkgutil.walk_packages(gatewayd.__path__, "gatewayd."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        for value in list(vars(importlib.import_module(module.name)).values()):
            if isinstance(value, MetricWrapperBase) and id(value) not in seen:
                seen.add(id(value))
                yield module.name.split(".")[1], value


def exposed_name(metric: MetricWrapperBase) -> str:
    """What it is called on the wire; a histogram's series have `_bucket`, `_sum` and `_count` behind that."""
    name: str = metric._name
    return name + {"counter": "_total", "info": "_info"}.get(metric._type, "")


def _name_of(row: str) -> str:
    return row.split("`")[1]


def page() -> str:
    """The whole page. Raises LookupError for a package or a note that nothing is known of."""
    rows: dict[str, list[str]] = {}
    names = set()
    for package, metric in metrics():
        name = exposed_name(metric)
        names.add(name)
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        meaning = metric._documentation.rstrip(".")
        if note := NOTES.get(name):
            meaning += f" ({note})"
        rows.setdefault(package, []).append(f"| `{name}` | {metric._type} | {labels} | {meaning} |\n")
    if unknown := (rows.keys() - PACKAGES) | (NOTES.keys() - names):
        raise LookupError(f"tools/metrics_page.py has to know, or to forget: {', '.join(sorted(unknown))}")
    chapters = (
        f"\n## {title}\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n"
        + "".join(sorted(rows[package], key=_name_of))
        for package, title in PACKAGES.items()
        if package in rows
    )
    return INTRODUCTION + "".join(chapters)


if __name__ == "__main__":
    sys.stdout.write(page())
