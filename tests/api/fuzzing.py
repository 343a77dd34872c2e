"""The API in a thread of its own, so that schemathesis, which is synchronous, can call it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import requests
import trio
from schemathesis import Case

from gatewayd.access.scopes import Scope
from gatewayd.api.compat.settings import CompatSettings
from gatewayd.api.settings import ApiSettings
from gatewayd.modem.ports import LinkState
from gatewayd.store.inline import InlineDatabase
from tests.queue.conftest import Setup

from .conftest import Api, application, batches_of

EVERY_API = CompatSettings(kannel=True, smsgate=True, twilio=True)
_BASE = "http://gatewayd"


class Hosted:
    """An API that runs in another thread.

    Args:
        populate: fills it; called with the API, in its thread.
    """

    def __init__(self, populate: Callable[[Api], Any]) -> None:
        self._populate = populate
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._api: Api
        self._trio: trio.lowlevel.TrioToken
        self._stop: trio.Event
        self.populated: Any = None

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(30)
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._trio.run_sync_soon(self._stop.set)
        self._thread.join(30)

    def _run(self) -> None:
        try:
            trio.run(self._live)
        except BaseException as error:  # noqa: BLE001 - raised in the test's thread instead
            self._failure = error
            self._ready.set()

    async def _live(self) -> None:
        with InlineDatabase() as database:
            setup = Setup(database, modems=("phone1", "phone2"))
            for name in setup.modems:
                setup.air.change(name, LinkState.ABSENT, "no such port")
            async with setup.running() as queue, trio.open_nursery() as work:
                batches = batches_of(setup, queue)
                await work.start(batches.run)
                self._api = Api(setup, queue, application(setup, queue, ApiSettings(), batches, EVERY_API))
                self._trio, self._stop = trio.lowlevel.current_trio_token(), trio.Event()
                self.populated = await self._populate(self._api)
                self._ready.set()
                await self._stop.wait()
                work.cancel_scope.cancel()

    def token(self, client: str, *scopes: Scope) -> str:
        """A token of its own."""
        return trio.from_thread.run(self._api.token, client, *scopes, trio_token=self._trio)

    def answer(self, case: Case, headers: dict[str, str]) -> httpx2.Response:
        """What the API answers to a case of schemathesis, which is sent with further headers."""
        arguments = case.as_transport_kwargs(base_url=_BASE, headers=headers)
        request = requests.Request(**arguments).prepare()
        return trio.from_thread.run(self._answer, request, trio_token=self._trio)

    async def _answer(self, request: requests.PreparedRequest) -> httpx2.Response:
        body = request.body or b""
        async with self._api.anonymous() as client:
            return await client.send(
                httpx2.Request(
                    request.method or "",
                    request.url or "",
                    # Names and values are octets; requests keeps them as text or bytes.
                    headers=[(_octets(name), _octets(value)) for name, value in request.headers.items()],
                    content=body.encode() if isinstance(body, str) else body,
                )
            )


def _octets(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


@contextmanager
def hosted(populate: Callable[[Api], Any]) -> Iterator[Hosted]:
    """An API that runs, with something in it."""
    api = Hosted(populate)
    api.start()
    try:
        yield api
    finally:
        api.stop()
