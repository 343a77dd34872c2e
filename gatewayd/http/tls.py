"""The certificate that a server shows, and the terms on which it speaks TLS.

A renewed certificate is taken into use without a restart: at SIGHUP, and within a minute of its files changing. New
connections get the new one; those that are open go on with the one that they began with. One that can't be used
changes nothing: the one before stays in use, and the log says why.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import trio

from gatewayd.errors import GatewaydError
from gatewayd.http import metrics
from gatewayd.log import get_logger

_log = get_logger("gatewayd.http")

_LOOK_EVERY: Final = 60.0  # seconds between two looks at the files
#: For TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325 §4.2); TLS 1.3 has nothing else.
_CIPHERS_1_2: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"

_State = tuple[tuple[int, int, int], ...]


class CertificateUnusable(GatewaydError):
    """A certificate or its key can't be used."""

    code = "certificate_unusable"


class Certificate:
    """A certificate with its key, read from PEM files that may be replaced under way.

    Args:
        certificate: the server's certificate, followed by those of the authorities between it and a root.
        key: its private key, without a passphrase.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._certificate = certificate
        self._key = key
        self._state: _State | None = None
        self._context: ssl.SSLContext | None = None

    @property
    def context(self) -> ssl.SSLContext:
        """What new connections are served with. ``load`` has succeeded before."""
        assert self._context is not None  # noqa: S101 - said above
        return self._context

    def load(self) -> None:
        """Read the files and take them into use. Blocks. Raises CertificateUnusable, having changed nothing."""
        state = self._look()
        context = _server_context(self._certificate, self._key)
        ends = _end_of(self._certificate)
        self._state, self._context = state, context
        metrics.certificate_ends.labels(str(self._certificate)).set(ends.timestamp())
        metrics.certificate_current.labels(str(self._certificate)).set(1)
        # Used all the same: clients may know better what they trust, and an answer with a warning beats none.
        log = _log.info if ends > datetime.now(UTC) else _log.warning
        log("tls.certificate_in_use", file=str(self._certificate), ends=ends.isoformat(timespec="seconds"))

    async def reload(self) -> None:
        """Read the files again; where they can't be used, say so and go on with what is in use."""
        state = self._look()
        try:
            await trio.to_thread.run_sync(self.load)
        except CertificateUnusable as error:
            # What was found is not tried again, nor complained of every minute, until it changes.
            self._state = state
            metrics.certificate_current.labels(str(self._certificate)).set(0)
            _log.error("tls.certificate_refused", file=str(self._certificate), problem=str(error))

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Reload whenever the files have changed, until cancelled."""
        task_status.started()
        while True:
            await trio.sleep(_LOOK_EVERY)
            if self._look() != self._state:
                await self.reload()

    def _look(self) -> _State:
        """What tells whether the files are still the ones that were read; links are followed."""
        return tuple(_state_of(path) for path in (self._certificate, self._key))


def _state_of(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS_1_2)
    # A client could make us work by renegotiating again and again; TLS 1.3 has done away with it.
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    for path in (certificate, key):
        _check_readable(path)
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise CertificateUnusable(f"{key} is not the key of the certificate {certificate}") from error
        raise CertificateUnusable(
            f"{certificate} and {key} are no certificate and key in PEM format"
        ) from error
    except _Encrypted as error:
        raise CertificateUnusable(f"the key {key} has a passphrase: nobody is there to type it") from error
    return context


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise CertificateUnusable(f"{path} can't be read: {error.strerror}") from error


class _Encrypted(Exception):
    """The key has a passphrase."""


def _no_passphrase() -> str:
    # Without this OpenSSL would ask on the terminal and wait.
    raise _Encrypted


def _end_of(certificate: Path) -> datetime:
    # Some 20 ms that only those pay who serve TLS.
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise CertificateUnusable(f"{certificate} holds no certificate that can be read: {error}") from error
