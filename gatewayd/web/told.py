"""Which webhooks were told of what happened to a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewayd.queue.view import MessageDetail
from gatewayd.webhooks.kinds import matches
from gatewayd.webhooks.view import Caller, WebhookView

if TYPE_CHECKING:
    from gatewayd.web.page import Visit


@dataclass(frozen=True, slots=True)
class Told:
    """How far one webhook has come with the events of one message."""

    webhook: WebhookView
    told: int
    """Events that it has been told of, or has given up."""
    of: int
    """Events of this message that it wants."""


async def told(visit: Visit, detail: MessageDetail) -> list[Told]:
    """The webhooks that want some of the message's events."""
    caller = Caller(visit.person.actor, None, may_read_inbox=True)
    found = []
    for webhook in await visit.services.webhooks.list(caller):
        wanted = [
            change.seq
            for change in detail.timeline
            # What happened before a webhook was made is never told to it.
            if change.at >= webhook.created_at and _wants(webhook, change.kind, detail.message.client)
        ]
        if wanted:
            found.append(Told(webhook, sum(seq <= webhook.cursor for seq in wanted), len(wanted)))
    return found


def _wants(webhook: WebhookView, kind: str, client: str) -> bool:
    whose = webhook.client is None and (webhook.clients is None or client in webhook.clients)
    return (whose or webhook.client == client) and matches(webhook.events, kind)
