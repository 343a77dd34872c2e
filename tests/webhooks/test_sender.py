"""One request over real connections on loopback."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import trio
import trustme

from gatewayd.clock import SystemClock
from gatewayd.webhooks.outcome import Outcome, Result
from gatewayd.webhooks.sender import BODY_LIMIT, Sender
from gatewayd.webhooks.settings import WebhooksSettings
from gatewayd.webhooks.signing import new_secret

SECRET = new_secret()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Server:
    """Answers each request with the same octets, slowly if wanted, and keeps what it got."""

    answer: bytes = OK
    pause: float = 0.0
    """Seconds between two octets of the answer."""
    got: list[bytes] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)
    """What TLS was asked for, by connection."""
    port: int = 0

    async def serve(self, stream: trio.abc.Stream) -> None:
        self.connections += 1
        try:
            while request := await _request(stream):
                self.got.append(request)
                if not self.pause:
                    await stream.send_all(self.answer)
                for octet in self.answer if self.pause else b"":
                    await stream.send_all(bytes([octet]))
                    await trio.sleep(self.pause)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass


async def _request(stream: trio.abc.Stream) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        chunk = await stream.receive_some()
        if not chunk:
            return b""
        request += chunk
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += await stream.receive_some()
    return head + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(
    server: Server, tls: ssl.SSLContext | None = None, host: str | None = None
) -> AsyncIterator[Server]:
    async def handle(stream: trio.SocketStream) -> None:
        if tls is None:
            await server.serve(stream)
            return
        secured = trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
        try:
            await server.serve(secured)
        except trio.BrokenResourceError:
            server.connections += 1  # a handshake that the client gave up

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, handle, 0, host=host))
        server.port = listeners[0].socket.getsockname()[1]
        yield server
        nursery.cancel_scope.cancel()


def looking_up(*addresses: str) -> Callable[[str, int], object]:
    async def look_up(host: str, port: int) -> list[str]:
        return list(addresses)

    return look_up


async def send(sender: Sender, url: str, times: int = 1) -> Result:
    line = sender.line()
    try:
        for _ in range(times - 1):
            await line.send(url, "evt_1", b"{}", [SECRET])
        return await line.send(url, "evt_1", b"{}", [SECRET])
    finally:
        await line.aclose()


def plain(*allow: str, **options: object) -> Sender:
    settings = WebhooksSettings(allow=allow or ("hooks.internal",), **options)  # type: ignore[arg-type]
    return Sender(settings, SystemClock(), look_up=looking_up("127.0.0.1"))  # type: ignore[arg-type]


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hooks.internal").configure_cert(context)
    return context


async def test_request_names_the_host_and_goes_to_the_checked_address() -> None:
    async with serving(Server()) as server:
        result = await send(plain(), f"http://hooks.internal:{server.port}/sms?x=1")
    assert (result.outcome, result.status, result.body) == (Outcome.DELIVERED, 200, b"ok")
    head = server.got[0].decode()
    assert head.startswith("POST /sms?x=1 HTTP/1.1\r\n")
    assert f"host: hooks.internal:{server.port}\r\n" in head.lower()
    assert "webhook-id: evt_1\r\n" in head.lower()


async def test_connection_is_kept_for_the_next_event() -> None:
    async with serving(Server()) as server:
        await send(plain(), f"http://hooks.internal:{server.port}/", times=3)
    assert (len(server.got), server.connections) == (3, 1)


async def test_tls_is_checked_against_the_name_although_the_address_is_connected_to(
    authority: trustme.CA, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    tls.sni_callback = lambda _socket, name, _context: server.names.append(name)
    server = Server()
    sender = plain(ca_file=tmp_path / "ca.pem")
    async with serving(server, tls):
        result = await send(sender, f"https://hooks.internal:{server.port}/")
    assert result.delivered
    assert server.names == ["hooks.internal"]


async def test_certificate_of_another_name_is_refused(
    authority: trustme.CA, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    sender = plain("other.internal", ca_file=tmp_path / "ca.pem")
    async with serving(Server(), tls) as server:
        result = await send(sender, f"https://other.internal:{server.port}/")
    assert result.outcome is Outcome.UNREACHABLE
    assert result.error is not None
    assert "certificate is not valid" in result.error
    assert server.got == []


async def test_certificate_of_an_unknown_authority_is_refused(tls: ssl.SSLContext) -> None:
    async with serving(Server(), tls) as server:
        result = await send(plain(), f"https://hooks.internal:{server.port}/")
    assert result.outcome is Outcome.UNREACHABLE
    assert server.got == []


async def test_name_that_leads_elsewhere_at_the_next_try_is_refused_then() -> None:
    """DNS rebinding: public when it is checked, 127.0.0.1 when it is used."""
    answers = iter([["10.1.0.1"], ["127.0.0.1"]])

    async def look_up(host: str, port: int) -> list[str]:
        return next(answers)

    settings = WebhooksSettings(allow=("10.1.0.0/16",))
    sender = Sender(settings, SystemClock(), look_up=look_up)
    async with serving(Server()) as server:
        url = f"http://rebinding.example:{server.port}/"
        await sender.check(url)
        result = await send(sender, url)
    assert result.outcome is Outcome.FORBIDDEN
    assert server.connections == 0


async def test_redirect_to_a_private_address_is_not_followed() -> None:
    async with serving(Server()) as private:
        location = f"http://127.0.0.1:{private.port}/".encode()
        answer = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
        async with serving(Server(answer)) as server:
            result = await send(plain(), f"http://hooks.internal:{server.port}/")
    assert (result.outcome, result.status) == (Outcome.REFUSED, 302)
    assert private.connections == 0


async def test_answer_without_an_end_is_cut_off_and_its_connection_closed() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (4 * BODY_LIMIT)
    async with serving(Server(endless)) as server:
        result = await send(plain(), f"http://hooks.internal:{server.port}/", times=2)
    assert result.delivered
    assert len(result.body) == BODY_LIMIT
    assert server.connections == 2


async def test_answer_that_drips_is_given_up_in_time() -> None:
    async with serving(Server(pause=0.2)) as server:
        with trio.fail_after(5):
            result = await send(plain(timeout=1), f"http://hooks.internal:{server.port}/")
    assert (result.outcome, result.error) == (Outcome.TIMEOUT, "no answer within 1 s")


@pytest.mark.parametrize(
    "answer",
    [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n"],
)
async def test_answer_that_is_not_http_is_no_answer(answer: bytes) -> None:
    async with serving(Server(answer)) as server:
        result = await send(plain(), f"http://hooks.internal:{server.port}/")
    assert result.outcome is Outcome.UNREACHABLE


async def test_second_address_is_tried_where_nobody_is_at_the_first() -> None:
    settings = WebhooksSettings(allow=("hooks.internal",))
    sender = Sender(settings, SystemClock(), look_up=looking_up("127.0.0.2", "127.0.0.1"))  # type: ignore[arg-type]
    async with serving(Server(), host="127.0.0.1") as server:
        result = await send(sender, f"http://hooks.internal:{server.port}/")
    assert result.delivered


async def test_receiver_that_is_not_there_is_said_so() -> None:
    async with serving(Server()) as server:
        port = server.port
    result = await send(plain(), f"http://hooks.internal:{port}/")
    assert (result.outcome, result.error) == (Outcome.UNREACHABLE, "Connection refused")


async def test_name_that_does_not_exist_is_said_so() -> None:
    async def look_up(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    sender = Sender(WebhooksSettings(), SystemClock(), look_up=look_up)
    await sender.check("https://nowhere.example/")
    result = await send(sender, "https://nowhere.example/")
    assert result.error == "the name can't be looked up: Name or service not known"


async def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
    async with serving(Server()) as server:
        result = await send(plain(), f"http://hooks.internal:{server.port}/")
    assert result.delivered
