"""The menu: what there is, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gatewayd.access.roles import Permission
from gatewayd.web.words import N_

if TYPE_CHECKING:
    from gatewayd.web.page import Visit


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    path: str
    label: str
    icon: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together."""

    label: str | None
    entries: tuple[Entry, ...]


_MENU: Final = (
    Group(None, (Entry("/admin/", N_("Overview"), "overview", Permission.LOOK),)),
    Group(
        N_("Messages"),
        (
            Entry("/admin/compose", N_("Compose"), "compose", Permission.SEND),
            Entry("/admin/batches", N_("Batches"), "batches", Permission.LOOK),
            Entry("/admin/messages", N_("Sent messages"), "messages", Permission.LOOK),
            Entry("/admin/errors", N_("Messages with errors"), "errors", Permission.LOOK),
            Entry("/admin/inbox", N_("Received messages"), "inbox", Permission.LOOK),
            Entry("/admin/templates", N_("Templates"), "templates", Permission.LOOK),
            Entry("/admin/types", N_("Types"), "types", Permission.LOOK),
        ),
    ),
    Group(
        N_("Gateway"),
        (
            Entry("/admin/modems", N_("Modems"), "modems", Permission.LOOK),
            Entry("/admin/audit", N_("Audit"), "audit", Permission.LOOK),
            Entry("/admin/applications", N_("Applications"), "applications", Permission.MANAGE),
            Entry("/admin/webhooks", N_("Webhooks"), "webhooks", Permission.MANAGE),
            Entry("/admin/people", N_("People"), "people", Permission.MANAGE),
            Entry("/admin/settings", N_("Settings"), "settings", Permission.LOOK),
        ),
    ),
)


def menu_of(visit: Visit) -> tuple[Group, ...]:
    """The menu of one visitor: only what they may see, and no empty group."""
    groups = (
        Group(group.label, tuple(entry for entry in group.entries if visit.may(entry.permission)))
        for group in _MENU
    )
    return tuple(group for group in groups if group.entries)
