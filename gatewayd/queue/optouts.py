"""Opt-outs as the API and the command line see them and change them."""

from __future__ import annotations

from dataclasses import dataclass

from gatewayd.clock import Clock
from gatewayd.queue import optout
from gatewayd.queue.optout import OptOut
from gatewayd.queue.pseudonyms import Pseudonyms
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class OptOutPage:
    """Some opt-outs in the order of their numbers."""

    opt_outs: tuple[OptOut, ...]
    next: str | None
    """The number behind which the next page begins; None at the end."""


class OptOuts:
    """Reads and changes opt-outs on the database ``runner``; ``cancel``: one cancels what is queued."""

    def __init__(self, runner: Runner, clock: Clock, pseudonyms: Pseudonyms, *, cancel: bool) -> None:
        self._runner = runner
        self._clock = clock
        self._pseudonyms = pseudonyms
        self._cancel = cancel

    async def page(self, *, after: str = "", limit: int = 100) -> OptOutPage:
        """Up to ``limit`` opt-outs behind the number ``after`` (E.164)."""
        found = await self._runner.read(optout.page, after, limit + 1)
        shown = tuple(found[:limit])
        return OptOutPage(shown, shown[-1].recipient if len(found) > limit else None)

    async def find(self, recipient: str) -> OptOut | None:
        """The opt-out of ``recipient`` (E.164), if there is one."""
        return await self._runner.read(optout.find, recipient, await self._pseudonym(recipient))

    async def add(self, recipient: str, *, reason: str, actor: str) -> tuple[OptOut, bool]:
        """Record an opt-out; return it, and whether it is new. One that is known already stays as it is."""
        now, pseudonym = self._clock.now(), await self._pseudonym(recipient)

        def add(tx: Tx) -> tuple[OptOut, bool]:
            return optout.add(
                tx,
                recipient,
                reason=reason,
                by=actor,
                at=now,
                cancel=self._cancel,
                pseudonym=pseudonym,
            )

        return await self._runner.run(add)

    async def remove(self, recipient: str, *, reason: str, actor: str) -> OptOut:
        """End an opt-out; return what it was. Raises NotFound."""
        now, pseudonym = self._clock.now(), await self._pseudonym(recipient)
        return await self._runner.run(
            lambda tx: optout.remove(tx, recipient, reason=reason, by=actor, at=now, pseudonym=pseudonym)
        )

    async def _pseudonym(self, recipient: str) -> str | None:
        await self._pseudonyms.ready()
        return self._pseudonyms.of(recipient)
