"""One HTTP request to a receiver: pinned to a checked address, within its time, and never followed elsewhere."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import trio

from gatewayd import __version__
from gatewayd.clock import Clock
from gatewayd.webhooks.addresses import AllowList
from gatewayd.webhooks.outcome import Outcome, Result, of_answer
from gatewayd.webhooks.settings import WebhooksSettings, tls_context
from gatewayd.webhooks.signing import headers
from gatewayd.webhooks.target import Forbidden, Resolve, Rules, Target, addresses_of, resolve

if TYPE_CHECKING:
    import httpx2

#: Octets of an answer that are read; more is nobody's business, and its connection is closed.
BODY_LIMIT: Final = 64 * 1024
#: Seconds for one connection, so that a name with a dead address in front still gets through.
_CONNECT: Final = 5.0
#: Addresses of one name that are tried.
_ADDRESSES: Final = 4
#: Seconds that a connection is kept for the next event: below what servers usually grant, since one that is just
#: being closed costs a try.
_KEEP: Final = 4.0

MakeTransport = Callable[[], "httpx2.AsyncBaseTransport"]


class Sender:
    """Makes the connections of all webhooks.

    Args:
        settings: what may be reached, and how long it may take.
        clock: for timestamps and durations.
        look_up: the resolver.
        transport: makes what carries a request whose URL holds the address; else connections of the system.
    """

    def __init__(
        self,
        settings: WebhooksSettings,
        clock: Clock,
        *,
        look_up: Resolve = resolve,
        transport: MakeTransport | None = None,
    ) -> None:
        self.rules = Rules(AllowList(settings.allow), settings.ports)
        self._timeout = settings.timeout
        self._ca_file = settings.ca_file
        self._clock = clock
        self._look_up = look_up
        self._make_transport = transport or self._system_transport
        self._tls: ssl.SSLContext | None = None

    async def check(self, url: str) -> None:
        """Check a URL and where its name leads now. Raises Forbidden; a name that can't be looked up passes."""
        target = self.rules.read(url)
        try:
            with trio.move_on_after(_CONNECT):
                await addresses_of(target, self.rules, self._look_up)
        except OSError:
            return

    def prepare(self) -> None:
        """Load what the first call needs, some 100 ms of it: before anybody waits for the event loop."""
        import httpx2  # noqa: F401
        import standardwebhooks  # noqa: F401

        if self._make_transport == self._system_transport:
            self._tls = self._tls or tls_context(self._ca_file)

    def line(self) -> Line:
        """A connection for one webhook, opened when it is first used."""
        return Line(self._clock, self.rules, self._look_up, self._timeout, self._make_transport)

    def _system_transport(self) -> httpx2.AsyncBaseTransport:
        import httpx2

        self._tls = self._tls or tls_context(self._ca_file)
        limits = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEEP)
        # Never by a proxy of the environment: it would look the name up once more.
        return httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=limits)


class Line:
    """The connection to one receiver. For one call at a time."""

    def __init__(
        self, clock: Clock, rules: Rules, look_up: Resolve, timeout: float, make_transport: MakeTransport
    ) -> None:
        self._clock = clock
        self._rules = rules
        self._look_up = look_up
        self._timeout = timeout
        self._make_transport = make_transport
        self._transport: httpx2.AsyncBaseTransport | None = None
        self._url: str | None = None

    async def send(self, url: str, id_: str, body: bytes, secrets: Sequence[str]) -> Result:
        """Post ``body`` as the event ``id_``, signed with each of ``secrets``. What goes wrong is in the result."""
        began = self._clock.monotonic()
        result = Result(Outcome.TIMEOUT, 0.0, error=f"no answer within {self._timeout:g} s")
        with trio.move_on_after(self._timeout):
            result = await self._try(url, id_, body, secrets, began)
        if result.outcome is not Outcome.TIMEOUT:
            return result
        # The connection is in the middle of something.
        await self.aclose()
        return Result(Outcome.TIMEOUT, self._clock.monotonic() - began, error=result.error)

    async def aclose(self) -> None:
        """Close the connection; the next call opens another one."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    async def _try(self, url: str, id_: str, body: bytes, secrets: Sequence[str], began: float) -> Result:
        try:
            target = self._rules.read(url)
            addresses = await addresses_of(target, self._rules, self._look_up)
        except Forbidden as refusal:
            return self._failure(Outcome.FORBIDDEN, f"not sent: {refusal}", began)
        except OSError as error:
            return self._failure(Outcome.UNREACHABLE, f"the name can't be looked up: {_words(error)}", began)
        signed = headers(secrets, id_, self._clock.now(), body)
        return await self._post(target, addresses[:_ADDRESSES], signed, body, began)

    async def _post(
        self, target: Target, addresses: Sequence[str], signed: dict[str, str], body: bytes, began: float
    ) -> Result:
        import httpx2

        transport = await self._transport_for(target)
        error: Exception | None = None
        for address in addresses:
            try:
                answer = await transport.handle_async_request(_request(target, address, signed, body))
                return await self._read(answer, began)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as failure:
                error = failure  # Nothing was sent yet: the next address may do.
            except httpx2.TransportError as failure:
                error = failure
                break
        await self.aclose()
        return self._failure(Outcome.UNREACHABLE, _words(error) if error else "no address", began)

    async def _transport_for(self, target: Target) -> httpx2.AsyncBaseTransport:
        if self._url != target.url:
            # A kept connection belongs to the name that its certificate was checked for.
            await self.aclose()
            self._url = target.url
        if self._transport is None:
            self._transport = self._make_transport()
        return self._transport

    async def _read(self, answer: httpx2.Response, began: float) -> Result:
        """Judge the answer, of whose body only the beginning is read. Raises TransportError."""
        body = b""
        try:
            # Breaking off would leave the library's nested generators to the garbage collector.
            with trio.CancelScope() as reading:
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) >= BODY_LIMIT:
                        reading.cancel()
        finally:
            await answer.aclose()
        return of_answer(
            answer.status_code,
            self._clock.monotonic() - began,
            body[:BODY_LIMIT],
            retry_after=answer.headers.get("retry-after"),
            now=self._clock.now(),
        )

    def _failure(self, outcome: Outcome, words: str, began: float) -> Result:
        return Result(outcome, self._clock.monotonic() - began, error=words[:200])


def _request(target: Target, address: str, signed: dict[str, str], body: bytes) -> httpx2.Request:
    """The request, addressed to ``address``; the name stays in Host and in TLS' handshake."""
    import httpx2

    url = httpx2.URL(target.url)
    own = {
        "host": url.netloc.decode("ascii"),
        "content-type": "application/json",
        "user-agent": f"gatewayd/{__version__}",
        # What is compressed could not be cut off by its length.
        "accept-encoding": "identity",
    }
    patience = {"connect": _CONNECT, "read": None, "write": None, "pool": None}
    extensions = {"timeout": patience, "sni_hostname": target.host}
    return httpx2.Request(
        "POST", url.copy_with(host=address), headers=own | signed, content=body, extensions=extensions
    )


def _words(error: BaseException) -> str:
    """The first cause that says something: what the system or TLS said, rather than the library's wrapping of it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not valid: {cause.verify_message}"
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            # The resolver's numbers are negative, and no errno.
            return os.strerror(cause.errno) if cause.errno > 0 else cause.strerror
        inner = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else None
        cause = inner or cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
