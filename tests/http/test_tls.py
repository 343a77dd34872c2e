"""TLS: who gets through, what is cut off, and a certificate that changes under way (ASVS 5.0 V12)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
import trio
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from prometheus_client import REGISTRY
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from trio.testing import MockClock

from gatewayd.http.middleware import RequestMiddleware
from gatewayd.http.tls import Certificate, CertificateUnusable
from tests.http.serving import APP, Client, plain_request, serving


@pytest.fixture
def patient_clock() -> MockClock:
    """Virtual time that jumps once nothing has moved for 20 ms: what is in the kernel's sockets arrives first."""
    return MockClock(autojump_threshold=0.02)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> Files:
    return Files(authority, tmp_path)


@pytest.fixture
def certificate(files: Files) -> Certificate:
    loaded = Certificate(files.certificate, files.key)
    loaded.load()
    return loaded


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    structlog.reset_defaults()
    with capture_logs() as captured:
        yield captured


class Files:
    """A certificate and its key in files."""

    def __init__(self, authority: trustme.CA, directory: Path) -> None:
        self._authority = authority
        self.certificate = directory / "gateway.pem"
        self.key = directory / "gateway.key"
        self.renew()

    def renew(self, ends: datetime | None = None) -> int:
        """Put a new pair in their place; return the certificate's serial number."""
        issued = self._authority.issue_cert(
            "gateway.example", not_before=datetime(2019, 1, 1, tzinfo=UTC), not_after=ends
        )
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self.key.write_bytes(issued.private_key_pem.bytes())
        return serial_of(issued.cert_chain_pems[0].bytes())


def serial_of(pem: bytes) -> int:
    return x509.load_pem_x509_certificate(pem).serial_number


def shown_to(client: Client) -> int:
    """The serial number of the certificate that the client was shown."""
    stream = client.stream
    assert isinstance(stream, trio.SSLStream)
    return int(stream.getpeercert()["serialNumber"], 16)


def metric(name: str, files: Files) -> float | None:
    return REGISTRY.get_sample_value(name, {"file": str(files.certificate)})


async def test_request_over_tls_is_answered(certificate: Certificate, trusting: ssl.SSLContext) -> None:
    async with serving(APP, certificate=certificate) as running:
        client = await running.connect_tls(trusting)
        answers = [await client.request("POST", "/echo", bytes([65 + number])) for number in range(3)]
        assert running.server.connections == 1
    assert [answer.body for answer in answers] == [b"A", b"B", b"C"]


async def test_newest_version_and_http_1_1_are_agreed(
    certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    trusting.set_alpn_protocols(["h2", "http/1.1"])
    async with serving(APP, certificate=certificate) as running:
        client = await running.connect_tls(trusting)
        assert isinstance(client.stream, trio.SSLStream)
        assert client.stream.version() == "TLSv1.3"
        assert client.stream.selected_alpn_protocol() == "http/1.1"


async def test_tls_1_2_has_forward_secrecy_and_authenticated_encryption(
    certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(APP, certificate=certificate) as running:
        client = await running.connect_tls(trusting)
        assert isinstance(client.stream, trio.SSLStream)
        name = client.stream.cipher()[0]
        assert (await client.request("GET", "/hello")).status == 200
    assert name.startswith("ECDHE-")
    assert name.endswith(("GCM-SHA256", "GCM-SHA384", "CHACHA20-POLY1305"))


def test_older_versions_are_not_spoken(certificate: Certificate) -> None:
    assert certificate.context.minimum_version is ssl.TLSVersion.TLSv1_2


async def test_large_bodies_come_through_whole_both_ways(
    certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    body = bytes(range(256)) * 4000
    async with serving(APP, certificate=certificate) as running:
        client = await running.connect_tls(trusting)
        received = []

        async def read() -> None:
            received.append((await client.answer("POST")).body)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            await client.send(plain_request("POST", "/echo", body))
    assert received == [body]


async def test_scheme_is_https_and_browsers_are_told_to_stay_with_it(
    certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    schemes = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        schemes.append(scope["scheme"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with serving(RequestMiddleware(app), certificate=certificate) as running:
        answer = await (await running.connect_tls(trusting)).request("GET", "/")
    async with serving(RequestMiddleware(app)) as running:
        plain = await (await running.connect()).request("GET", "/")
    assert schemes == ["https", "http"]
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert "strict-transport-security" not in plain.headers


async def test_client_of_plain_http_is_told_to_use_tls(certificate: Certificate) -> None:
    async with serving(APP, certificate=certificate) as running:
        client = await running.connect()
        answer = await client.request("GET", "/hello")
        assert (answer.status, b"https://" in answer.body) == (400, True)
        assert await client.closed()


async def test_garbage_instead_of_a_handshake_is_closed_and_counted(certificate: Certificate) -> None:
    before = REGISTRY.get_sample_value("gatewayd_tls_handshakes_failed_total") or 0
    async with serving(APP, certificate=certificate) as running:
        client = await running.connect()
        await client.send(b"\x16\x03\x01\xff\xff" + bytes(70_000))
        await client.closed()
    assert REGISTRY.get_sample_value("gatewayd_tls_handshakes_failed_total") == before + 1


@pytest.mark.parametrize("first", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"])
async def test_handshake_that_does_not_go_on_is_cut_off_after_10_s(
    patient_clock: MockClock, certificate: Certificate, first: bytes
) -> None:
    async with serving(APP, certificate=certificate) as running:
        client = await running.connect()
        if first:
            await client.send(first)
        await client.closed()
        assert 10 <= trio.current_time() < 11


async def test_handshakes_take_places_as_connections_do(
    patient_clock: MockClock, certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    async with serving(APP, certificate=certificate, max_connections=3) as running:
        silent = [await running.connect() for _ in range(3)]
        assert not await (await running.connect()).closed()
        assert trio.current_time() < 1
        for client in silent:
            await client.closed()
        assert (await (await running.connect_tls(trusting)).request("GET", "/hello")).status == 200


async def test_stop_ends_handshakes_and_idle_connections_at_once(
    patient_clock: MockClock, certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    async with serving(APP, certificate=certificate) as running, trio.open_nursery() as nursery:
        await running.connect()
        idle = await running.connect_tls(trusting)
        await idle.request("GET", "/hello")
        closed = []

        async def read() -> None:
            # trio raises where the closing alert is missing: somebody on the way might have cut off the rest.
            closed.append(await idle.stream.receive_some())
            await idle.stream.aclose()

        nursery.start_soon(read)
        begin = trio.current_time()
        await running.stop()
        assert trio.current_time() - begin < 0.1
    assert closed == [b""]


async def test_client_that_stops_reading_delays_a_stop_by_the_grace_and_no_longer(
    patient_clock: MockClock, certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    async with serving(APP, certificate=certificate, grace=5, send_timeout=3600) as running:
        client = await running.connect_tls(trusting)
        await client.send(plain_request("GET", "/endless"))
        await client.stream.receive_some(1)
        begin = trio.current_time()
        await running.stop()
        assert trio.current_time() - begin == pytest.approx(5)


async def test_client_that_stops_reading_is_cut_off_after_the_send_timeout(
    patient_clock: MockClock, certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    async with serving(APP, certificate=certificate, send_timeout=30) as running:
        client = await running.connect_tls(trusting)
        await client.send(plain_request("GET", "/endless"))
        await client.stream.receive_some(1)
        await trio.sleep(31)
        assert running.server.connections == 0


async def test_idle_connection_ends_with_a_closing_alert(
    patient_clock: MockClock, certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    async with serving(APP, certificate=certificate, keep_alive=60) as running:
        client = await running.connect_tls(trusting)
        await client.request("GET", "/hello")
        assert await client.stream.receive_some() == b""
        assert 60 <= trio.current_time() < 61


async def test_answer_before_the_close_is_whole_and_ends_with_a_closing_alert(
    certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    async with serving(APP, certificate=certificate) as running:
        client = await running.connect_tls(trusting)
        await client.send(b"GET /hello HTTP/1.0\r\n\r\n")
        assert (await client.answer()).body == b"hello "
        assert await client.stream.receive_some() == b""


async def test_renewed_certificate_is_shown_to_new_connections_and_open_ones_go_on(
    certificate: Certificate, files: Files, trusting: ssl.SSLContext
) -> None:
    async with serving(APP, certificate=certificate) as running:
        before = await running.connect_tls(trusting)
        renewed = files.renew()
        await certificate.reload()
        after = await running.connect_tls(trusting)
        assert [(await client.request("GET", "/hello")).status for client in (before, after)] == [200, 200]
        assert shown_to(before) != renewed
        assert shown_to(after) == renewed


async def test_changed_files_are_noticed_within_a_minute(
    patient_clock: MockClock, certificate: Certificate, files: Files, nursery: trio.Nursery
) -> None:
    context = certificate.context
    await nursery.start(certificate.run)
    await trio.sleep(200)
    assert certificate.context is context
    files.renew()
    await trio.sleep(61)
    assert certificate.context is not context
    nursery.cancel_scope.cancel()


async def test_broken_certificate_keeps_the_one_before_and_is_said_once(
    patient_clock: MockClock, certificate: Certificate, files: Files, nursery: trio.Nursery, logs: list[Any]
) -> None:
    context = certificate.context
    await nursery.start(certificate.run)
    files.certificate.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n")
    await trio.sleep(300)
    assert certificate.context is context
    assert [line["event"] for line in logs] == ["tls.certificate_refused"]
    assert "no certificate" in logs[0]["problem"]
    assert metric("gatewayd_tls_certificate_current", files) == 0
    files.renew()
    await trio.sleep(61)
    assert metric("gatewayd_tls_certificate_current", files) == 1
    nursery.cancel_scope.cancel()


async def test_end_of_the_certificate_in_use_is_measured(files: Files) -> None:
    loaded = Certificate(files.certificate, files.key)
    for ends in (datetime(2031, 1, 1, tzinfo=UTC), datetime(2032, 2, 2, tzinfo=UTC)):
        files.renew(ends)
        await loaded.reload()
        shown = metric("gatewayd_tls_certificate_expiry_timestamp_seconds", files)
        assert shown == ends.timestamp()


async def test_certificate_that_has_ended_is_used_with_a_warning(files: Files, logs: list[Any]) -> None:
    files.renew(datetime(2020, 1, 1, tzinfo=UTC))
    Certificate(files.certificate, files.key).load()
    assert [(line["event"], line["log_level"]) for line in logs] == [("tls.certificate_in_use", "warning")]


def encrypted_key() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "can't be read: No such file"),
        (b"", "no certificate and key in PEM format"),
        (b"nonsense", "no certificate and key in PEM format"),
        (encrypted_key(), "has a passphrase"),
        (trustme.CA().issue_cert("other.example").private_key_pem.bytes(), "is not the key of"),
    ],
)
def test_key_that_cannot_be_used_says_why(files: Files, key: bytes | None, words: str) -> None:
    files.key.unlink()
    if key is not None:
        files.key.write_bytes(key)
    with pytest.raises(CertificateUnusable, match=words):
        Certificate(files.certificate, files.key).load()
