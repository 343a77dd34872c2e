"""Modems and the queue as they are shown."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from gatewayd.message import Priority
from gatewayd.queue.view import Depth, ModemView, Obstacle


class ModemOut(TypedDict):
    """A modem: the hardware, and what the queue does with it."""

    name: str
    state: str
    """`absent`, `starting`, `searching`, `ready` or `stopped`."""
    since: datetime
    reason: str | None
    """Why it isn't ready, and what to do."""
    mode: str
    """`running`, `draining`, `paused` (by a person) or `stopped` (by a fault that needs one)."""
    mode_reason: str | None
    interval: float
    """Seconds from one submit to the next."""
    free_at: datetime | None
    resting_until: datetime | None
    resting_reason: str | None
    failing: int
    """Faults of SIM, modem or network in a row: each makes the next rest longer."""
    sent_today: int
    """Parts since midnight UTC."""
    port: str | None
    manufacturer: str | None
    model: str | None
    revision: str | None
    imei: str | None
    iccid: str | None
    operator: str | None
    registration: str | None
    signal_dbm: int | None


class ModemsOut(TypedDict):
    """All configured modems."""

    modems: list[ModemOut]


class WaitingOut(TypedDict):
    """What waits in one priority."""

    messages: int
    parts: int
    oldest: datetime | None
    """When the oldest that could go now was accepted."""


class ObstacleOut(TypedDict):
    """One reason why nothing, or not everything, is sent."""

    code: str
    message: str


class QueueOut(TypedDict):
    """The queue as a whole."""

    waiting: dict[str, WaitingOut]
    """By priority."""
    in_doubt: int
    obstacles: list[ObstacleOut]


def modem_out(view: ModemView) -> ModemOut:
    """Write down a modem."""
    status = view.status
    return {
        "name": status.name,
        "state": status.state,
        "since": status.since,
        "reason": status.reason,
        "mode": view.mode,
        "mode_reason": view.mode_reason,
        "interval": view.interval,
        "free_at": view.free_at,
        "resting_until": view.resting_until,
        "resting_reason": view.resting_reason,
        "failing": view.failing,
        "sent_today": view.sent_today,
        "port": status.port,
        "manufacturer": status.manufacturer,
        "model": status.model,
        "revision": status.revision,
        "imei": status.imei,
        "iccid": status.iccid,
        "operator": status.operator,
        "registration": status.registration,
        "signal_dbm": status.signal_dbm,
    }


def obstacles_out(obstacles: list[Obstacle]) -> list[ObstacleOut]:
    """Write down why not everything is sent."""
    return [{"code": obstacle.code, "message": obstacle.message} for obstacle in obstacles]


def queue_out(depth: Depth, obstacles: list[Obstacle]) -> QueueOut:
    """Write down the state of the queue."""
    waiting: dict[str, WaitingOut] = {
        priority.label: {
            "messages": depth.waiting.get(priority, 0),
            "parts": depth.parts.get(priority, 0),
            "oldest": depth.oldest.get(priority),
        }
        for priority in Priority
    }
    return {"waiting": waiting, "in_doubt": depth.in_doubt, "obstacles": obstacles_out(obstacles)}
