"""`/healthz`, `/readyz` and `/metrics`: what machines ask."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import REGISTRY, Info, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response
from typing_extensions import TypedDict

from gatewayd import __version__
from gatewayd.access.money import MICROS
from gatewayd.access.people.metrics import open_sessions
from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.wire.modem_out import ObstacleOut, obstacles_out
from gatewayd.message import Priority
from gatewayd.queue import metrics as queue_metrics
from gatewayd.queue.modes import Mode
from gatewayd.queue.usage import Standing
from gatewayd.queue.view import Depth, ModemView
from gatewayd.webhooks import metrics as webhook_metrics
from gatewayd.webhooks.view import Survey

_build = Info("gatewayd_build", "Which gatewayd this is")
_build.info({"version": __version__})
# When a counter was made is of no use here, and doubles the series.
disable_created_metrics()  # type: ignore[no-untyped-call]


class HealthOut(TypedDict):
    """The process answers."""

    status: str


class ReadinessOut(TypedDict):
    """Whether messages can be sent now. They are accepted in any case."""

    ready: bool
    reasons: list[ObstacleOut]


async def health(_call: Call) -> Response:
    """Answer that the process answers."""
    out: HealthOut = {"status": "ok"}
    return json_response(out)


async def readiness(call: Call) -> Response:
    """Answer whether messages can be sent, and if not, why."""
    obstacles = call.services.queue.obstacles()
    out: ReadinessOut = {"ready": not obstacles, "reasons": obstacles_out(obstacles)}
    return json_response(out, 503 if obstacles else 200)


async def metrics(call: Call) -> Response:
    """Answer with all metrics, in the form that the scraper asks for."""
    show_depth(await call.services.queue.depth(), call.services.clock.now())
    show_modems(await call.services.queue.modems())
    show_clients(await call.services.queue.standings())
    show_webhooks(await call.services.webhooks.survey(), call.services.clock.now())
    open_sessions.set(await call.services.people.open_sessions())
    encode, media_type = choose_encoder(call.request.headers.get("accept", ""))
    return Response(encode(REGISTRY), headers={"content-type": media_type})


def show_depth(depth: Depth, now: datetime) -> None:
    """Put what waits into its gauges: counted when somebody looks, not with every message."""
    for priority in Priority:
        oldest = depth.oldest.get(priority)
        queue_metrics.waiting.labels(priority.label).set(depth.waiting.get(priority, 0))
        queue_metrics.waiting_parts.labels(priority.label).set(depth.parts.get(priority, 0))
        age = 0.0 if oldest is None else (now - oldest).total_seconds()
        queue_metrics.oldest_seconds.labels(priority.label).set(age)
    queue_metrics.in_doubt.set(depth.in_doubt)


def show_webhooks(survey: Survey, now: datetime) -> None:
    """Put into its gauges how webhooks fare."""
    for condition, count in survey.conditions.items():
        webhook_metrics.webhooks.labels(condition).set(count)
    webhook_metrics.pending.set(survey.pending)
    webhook_metrics.dead_letters.set(survey.dead_letters)
    age = 0.0 if survey.oldest_at is None else (now - survey.oldest_at).total_seconds()
    webhook_metrics.oldest_seconds.set(age)


def show_modems(modems: list[ModemView]) -> None:
    """Put into its gauges how the queue treats each modem."""
    for modem in modems:
        name = modem.status.name
        queue_metrics.modem_failing.labels(name).set(modem.failing)
        queue_metrics.modem_resting.labels(name).set(modem.resting_until is not None)
        for mode in Mode:
            queue_metrics.modem_mode.labels(name, mode).set(modem.mode == mode)


def show_clients(standings: list[Standing]) -> None:
    """Put into its gauges how each client stands."""
    for standing in standings:
        queue_metrics.client_waiting.labels(standing.client).set(standing.waiting)
        queue_metrics.client_spent.labels(standing.client).set(standing.micros / MICROS)


def operations(*, open_metrics: bool) -> tuple[Operation, ...]:
    """Return the probes; ``open_metrics``: without a token."""
    return (
        Operation(
            "GET",
            "/healthz",
            health,
            "Ask whether the process answers",
            {200: Answer("It does.", HealthOut)},
        ),
        Operation(
            "GET",
            "/readyz",
            readiness,
            "Ask whether messages can be sent",
            {
                200: Answer("At least one modem may send.", ReadinessOut),
                503: Answer("Nothing can be sent now; messages are accepted and wait.", ReadinessOut),
            },
        ),
        Operation(
            "GET",
            "/metrics",
            metrics,
            "Read the metrics",
            {200: Answer("Prometheus' text format, or OpenMetrics.", media_type="text/plain")},
            scope=None if open_metrics else Scope.METRICS,
        ),
    )
