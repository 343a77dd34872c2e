"""Webhooks as the API and the command line use them."""

from __future__ import annotations

import secrets as random
from datetime import datetime, timedelta
from typing import Any

from gatewayd import audit
from gatewayd.clock import Clock
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.sealing import Keyring, SealBroken
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx
from gatewayd.webhooks import deadletters, looking, registry
from gatewayd.webhooks.outcome import Outcome, Result
from gatewayd.webhooks.payload import body
from gatewayd.webhooks.secrets import UNOPENED, Sealer
from gatewayd.webhooks.sender import Sender
from gatewayd.webhooks.settings import WebhooksSettings
from gatewayd.webhooks.signing import new_secret
from gatewayd.webhooks.target import Forbidden
from gatewayd.webhooks.view import (
    Caller,
    Changes,
    DeadLetterPage,
    Draft,
    Issued,
    Survey,
    TestResult,
    WebhookView,
)

#: Octets of an answer that an administrator sees of a test call.
_SHOWN = 2000


class Webhooks:
    """Webhooks on the database ``runner``.

    Every call is made for a ``Caller`` and concerns only what that one may see: anything else is NotFound.
    """

    def __init__(
        self, runner: Runner, clock: Clock, keyring: Keyring, settings: WebhooksSettings, sender: Sender
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._sealer = Sealer(keyring)
        self._settings = settings
        self._sender = sender
        #: How far couriers have come, by the webhook's number: written by the worker, for the views.
        self.positions: dict[int, int] = {}

    async def list(self, caller: Caller) -> list[WebhookView]:
        """The webhooks that the caller may see, oldest first."""
        return await self._runner.read(looking.listed, caller, self.positions, self._clock.now())

    async def get(self, caller: Caller, id_: str) -> WebhookView:
        """One webhook. Raises NotFound."""
        return await self._runner.read(looking.one, caller, id_, self.positions, self._clock.now())

    async def survey(self) -> Survey:
        """All webhooks together, for metrics."""
        return await self._runner.read(looking.survey, self.positions, self._clock.now())

    # --- what changes them ---

    async def create(self, caller: Caller, draft: Draft) -> Issued:
        """Add a webhook, which is told of what happens from now on; the only time that its secret can be seen.

        Raises InvalidRequest with every wrong field, and Conflict ``too_many_webhooks``.
        """
        await self._check_url(draft.url)
        secret = draft.secret or new_secret()
        public_id = f"whk_{random.token_hex(6)}"
        sealed = self._sealer.seal(secret, public_id)

        def apply(tx: Tx, now: datetime) -> WebhookView:
            row = registry.create(tx, draft, public_id, sealed, caller, self._settings.per_client, now)
            return looking.view(tx, row, self.positions, now)

        return Issued(await self._runner.run(apply, self._clock.now()), secret)

    async def change(self, caller: Caller, id_: str, changes: Changes) -> WebhookView:
        """Change a webhook. Raises NotFound, and InvalidRequest with every wrong field."""
        if changes.url is not None:
            await self._check_url(changes.url)
        return await self._apply(registry.change, id_, changes, caller)

    async def rotate(self, caller: Caller, id_: str) -> Issued:
        """Give it a new secret, shown this once; the old one signs along for ``rotation_hours``. Raises NotFound."""
        secret = new_secret()
        until = self._clock.now() + timedelta(hours=self._settings.rotation_hours)
        view = await self._apply(registry.rotate, id_, self._sealer.seal(secret, id_), until, caller)
        return Issued(view, secret)

    async def enable(self, caller: Caller, id_: str) -> WebhookView:
        """Go on where it stopped, and at once. Raises NotFound."""
        return await self._apply(registry.enable, id_, caller)

    async def disable(self, caller: Caller, id_: str, reason: str) -> WebhookView:
        """Send nothing any more; what happens meanwhile waits. Raises NotFound."""
        return await self._apply(registry.disable, id_, reason, caller)

    async def replay(self, caller: Caller, id_: str, after: int) -> WebhookView:
        """Tell everything after the event ``after`` once more. Raises NotFound, and InvalidRequest for one ahead."""
        return await self._apply(registry.replay, id_, after, caller)

    async def skip(self, caller: Caller, id_: str, reason: str) -> WebhookView:
        """Make a dead letter of the event that is tried again and again. Raises NotFound and Conflict."""
        return await self._apply(deadletters.skip, id_, reason, caller)

    async def delete(self, caller: Caller, id_: str) -> None:
        """Remove it with its dead letters. Raises NotFound."""
        await self._runner.run(registry.delete, id_, caller, self._clock.now())

    # --- dead letters ---

    async def dead_letters(
        self, caller: Caller, id_: str, *, after: int = 0, limit: int = 100
    ) -> DeadLetterPage:
        """What was given up, oldest first, after the event ``after``. Raises NotFound."""
        return await self._runner.read(deadletters.page, caller, id_, after, limit)

    async def send_again(self, caller: Caller, id_: str, seq: int | None = None) -> int:
        """Send a dead letter again, or all, once each; return how many. Raises NotFound."""
        return await self._runner.run(deadletters.send_again, caller, id_, seq, self._clock.now())

    async def discard(self, caller: Caller, id_: str, seq: int | None = None, *, reason: str) -> int:
        """Throw a dead letter away, or all; return how many. Raises NotFound."""
        return await self._runner.run(deadletters.discard, caller, id_, seq, reason, self._clock.now())

    # --- trying it out ---

    async def test(self, caller: Caller, id_: str, *, show_body: bool) -> TestResult:
        """Send an event ``webhook.test`` now, and return what the receiver said. Changes nothing else.

        ``show_body``: whether the caller may see the beginning of the answer, which may come from anywhere behind
        the URL. Raises NotFound.
        """
        row = await self._runner.run(_note_test, id_, caller, self._clock.now())
        now = self._clock.now()
        event_id = f"evt_test_{random.token_hex(8)}"
        content = body("webhook.test", now, {"webhook": id_, "message": "This is a test."})
        line = self._sender.line()
        try:
            secrets = self._sealer.signing(id_, row.secret, row.old_secret, row.old_secret_until, now)
            result = await line.send(row.url, event_id, content, secrets)
        except SealBroken:
            result = Result(Outcome.UNSIGNED, 0.0, error=UNOPENED)
        finally:
            await line.aclose()
        shown = result.body[:_SHOWN].decode(errors="replace") if show_body else None
        return TestResult(
            result.delivered, event_id, result.status, round(result.seconds, 3), result.error, shown
        )

    async def _apply(self, function: Any, *args: Any) -> WebhookView:
        def apply(tx: Tx, now: datetime) -> WebhookView:
            row = function(tx, *args, now)
            # A courier's place is of no use any more: the row has just said where to go on.
            return looking.view(tx, row, {}, now)

        return await self._runner.run(apply, self._clock.now())

    async def _check_url(self, url: str) -> None:
        try:
            await self._sender.check(url)
        except Forbidden as refusal:
            raise InvalidRequest([FieldError("url", "not_allowed", str(refusal))]) from None


def _note_test(tx: Tx, public_id: str, caller: Caller, at: datetime) -> Any:
    row = registry.find(tx, caller, public_id)
    audit.record(tx, actor=caller.actor, action="webhook.test", object=f"webhook:{public_id}", at=at)
    return row
