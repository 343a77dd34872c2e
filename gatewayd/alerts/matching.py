"""Which alerts a list is told of, and which of them are critical. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gatewayd.alerts.notification import Alert, Notification
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.errors import FieldError


def has_labels(alert: Alert, wanted: Mapping[str, Sequence[str]]) -> bool:
    """Whether ``alert`` has each of the labels, with one of its values. A label that is missing counts as empty."""
    return all(alert.labels.get(label, "") in values for label, values in wanted.items())


def is_critical(alert: Alert, settings: OnCallSettings) -> bool:
    """Whether ``alert`` is critical by the rules of this list."""
    return has_labels(alert, settings.critical)


def takes(settings: OnCallSettings, notification: Notification) -> tuple[Alert, ...]:
    """The alerts of a notification that this list is told of; none where another receiver is meant."""
    if settings.receivers and notification.receiver not in settings.receivers:
        return ()
    return tuple(alert for alert in notification.alerts if has_labels(alert, settings.match))


def nobody(lists: Iterable[OnCallSettings], notification: Notification) -> FieldError:
    """Why none of the ``lists`` is told of a notification, and what would be right."""
    lists = list(lists)
    if not lists:
        message = "there is no on-call list for this token: add [[on_call]] to the configuration"
        return FieldError("receiver", "no_list", message)
    if not any(not each.receivers or notification.receiver in each.receivers for each in lists):
        known = sorted({name for each in lists for name in each.receivers})
        message = f"no on-call list is for this receiver; there are lists for {', '.join(known)}"
        return FieldError("receiver", "unknown_receiver", message)
    message = "no on-call list matches the labels of any of these alerts; see `match` of [[on_call]]"
    return FieldError("alerts", "no_list", message)
