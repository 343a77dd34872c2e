"""Alertmanager's webhook, version 4, as it comes in, and what became of it.

prometheus.io/docs/alerting/latest/configuration/#webhook_config. Keys that aren't needed here, and those that a later
Alertmanager may add, are ignored: it can't be asked to leave them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from gatewayd.alerts.notification import Alert, Notification
from gatewayd.alerts.view import GroupView, Told
from gatewayd.api.wire.query import DEFAULT_LIMIT, Limit
from gatewayd.api.wire.receipt_out import FieldErrorOut, field_errors_out
from gatewayd.api.wire.types import Incoming, Instant

_Short = Annotated[str, Field(min_length=1, max_length=200)]


class AlertIn(BaseModel):
    """One alert of a group."""

    model_config = ConfigDict(extra="ignore")

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    started_at: Instant = Field(alias="startsAt", description="When it began.")
    fingerprint: _Short = Field(description="The hash of its labels.")

    def alert(self) -> Alert:
        """The alert as the domain knows it."""
        return Alert(
            self.fingerprint, self.status == "firing", self.started_at, self.labels, self.annotations
        )


class NotificationIn(BaseModel):
    """What Alertmanager sends to a `webhook_configs` receiver."""

    model_config = ConfigDict(extra="ignore")

    version: Literal["4"] = Field(description="Of this format.")
    group_key: str = Field(alias="groupKey", min_length=1, description="The group's name for programs.")
    receiver: _Short = Field(description="Name of Alertmanager's receiver.")
    alerts: list[AlertIn] = Field(min_length=1, description="The group's alerts, firing and resolved ones.")
    truncated: int = Field(
        0, alias="truncatedAlerts", ge=0, le=2**31 - 1, description="How many were left out for `max_alerts`."
    )

    def notification(self) -> Notification:
        """The notification as the domain knows it."""
        alerts = tuple(alert.alert() for alert in self.alerts)
        return Notification(self.receiver, self.group_key, alerts, self.truncated)


class SkippedOut(TypedDict):
    """A recipient who can't be sent to."""

    recipient: str
    """Masked."""
    errors: list[FieldErrorOut]


class ToldOut(TypedDict):
    """What became of a notification for one on-call list."""

    list: str
    result: str
    """`told`, `held` (until the end of the quiet hours), `unchanged` (it is known already), `dropped` (it was held,
    and is over), `unwanted` (resolved, which this list is not told of) or `undeliverable`."""
    firing: int
    """How many of the alerts for this list fire."""
    messages: list[str]
    """The new messages."""
    cancelled: list[str]
    """Messages that were held and are cancelled."""
    held_until: datetime | None
    skipped: list[SkippedOut]


class NotifiedOut(TypedDict):
    """What became of a notification."""

    lists: list[ToldOut]


def notified_out(told: Sequence[Told]) -> NotifiedOut:
    """Write down what became of a notification."""
    return {"lists": [_told(each) for each in told]}


def _told(told: Told) -> ToldOut:
    return {
        "list": told.list,
        "result": told.result.value,
        "firing": told.firing,
        "messages": list(told.messages),
        "cancelled": list(told.cancelled),
        "held_until": told.held_until,
        "skipped": [
            {"recipient": each.recipient, "errors": field_errors_out(each.errors)} for each in told.skipped
        ],
    }


class AlertQuery(Incoming):
    """How many groups."""

    limit: Limit = DEFAULT_LIMIT


class GroupOut(TypedDict):
    """What an on-call list knows of one of Alertmanager's groups."""

    list: str
    group: str
    """The beginning of Alertmanager's `groupKey`."""
    client: str
    firing: int
    """How many of its alerts fired when Alertmanager last spoke of it; 0: it is resolved."""
    result: str
    """What became of its last change."""
    notices: int
    """How many notices the list had."""
    messages: list[str]
    """The last notice's messages."""
    told_at: datetime | None
    held_until: datetime | None
    seen_at: datetime
    """When Alertmanager last spoke of it."""


class GroupsOut(TypedDict):
    """Some groups, last heard of first."""

    groups: list[GroupOut]


def group_out(view: GroupView) -> GroupOut:
    """Write down a group."""
    return {
        "list": view.list,
        "group": view.group,
        "client": view.client,
        "firing": view.firing,
        "result": view.result,
        "notices": view.notices,
        "messages": list(view.messages),
        "told_at": view.told_at,
        "held_until": view.held_until,
        "seen_at": view.seen_at,
    }
