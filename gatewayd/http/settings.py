"""The `[api]` section of the configuration."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from gatewayd.access.networks import parse_network
from gatewayd.http.origin import Origins, ProxyHeader

_KIB = 1024
_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]/]+)):(?P<port>[0-9]{1,5})")


def parse_address(text: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """Split ``127.0.0.1:8080``, ``[::1]:8080`` or ``localhost:8080`` into address and port.

    Raises:
        ValueError: it is none of these. Host names are not looked up: what they lead to may change unseen.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or int(found["port"]) > 65_535:
        raise ValueError(f"{text!r} is no address with port, such as 127.0.0.1:8080 or [::1]:8080")
    host = found["ipv6"] or found["host"]
    if host == "localhost":
        host = "127.0.0.1"
    try:
        return ipaddress.ip_address(host), int(found["port"])
    except ValueError:
        raise ValueError(f"{host!r} is no IP address; write an address, or localhost") from None


def _check_address(text: str) -> str:
    parse_address(text)
    return text


def _check_network(text: str) -> str:
    parse_network(text)
    return text


class _Listening(BaseModel):
    """Where something listens, and whether what passes there can be read on the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bind: tuple[str, ...]
    certificate: Path | None
    key: Path | None
    allow_plain_http: bool

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> Self:
        if (self.certificate is None) is not (self.key is None):
            missing, there = ("key", "certificate") if self.key is None else ("certificate", "key")
            raise ValueError(f"{missing} is missing: TLS needs both, and there is only {there}")
        return self

    @model_validator(mode="after")
    def _plain_http_stays_on_this_machine(self) -> Self:
        outside = [text for text in self.bind if not parse_address(text)[0].is_loopback]
        if outside and not self.allow_plain_http and self.certificate is None:
            raise ValueError(
                f"{outside[0]} can be reached from other machines, and plain HTTP shows tokens and texts on the way: "
                "name a certificate and its key, bind to 127.0.0.1 behind a proxy that does TLS, or set "
                "allow_plain_http = true"
            )
        return self


class ApiSettings(_Listening):
    """`[api]`: where the HTTP server listens and what it grants to a connection."""

    bind: tuple[Annotated[str, AfterValidator(_check_address)], ...] = Field(
        ("127.0.0.1:8080",),
        description="Addresses to listen on: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080`. Empty: the socket only.",
    )
    certificate: Path | None = Field(
        None,
        description="PEM file of the server's certificate and those between it and its root; `bind` then answers "
        "HTTPS alone (TLS 1.2 and 1.3). Read again when it changes.",
    )
    key: Path | None = Field(
        None, description="PEM file of its private key, without a passphrase, readable to gatewayd alone."
    )
    allow_plain_http: bool = Field(
        False,
        description="Allow `bind` on other than loopback although nothing is encrypted: tokens and texts can then be "
        "read on the way. Meant for a network of your own, or behind a proxy that does TLS.",
    )
    socket: Path | None = Field(
        None,
        description="Unix socket for tools on this machine (mode 0660). Left out, it lies beside the database.",
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_check_network)], ...] = Field(
        (),
        description="Networks or addresses of proxies that tell for whom they ask, such as `127.0.0.1`; what others "
        "say of that is not believed. It decides from where tokens with networks may be used, and whose sign-ins are "
        "slowed down; where they say `X-Forwarded-Proto: https`, cookies are kept to TLS.",
    )
    proxy_header: ProxyHeader = Field(
        "x-forwarded-for",
        description="The header in which these proxies write it: one that they write themselves, never one that they "
        "pass on.",
    )
    max_connections: PositiveInt = Field(
        256, description="Most connections at a time; further ones are answered 503 and closed."
    )
    max_connections_per_address: PositiveInt = Field(
        128,
        description="Most of these from one address (in IPv6, from one /64), so that nobody takes all places alone. "
        "`trusted_proxies` and the Unix socket are not counted.",
    )
    grace: PositiveFloat = Field(
        5.0,
        description="Seconds that answers in progress are given at a stop; then their connections are cut.",
    )
    send_timeout: PositiveFloat = Field(
        30.0,
        description="Seconds in which a client must take the next 64 KiB of an answer; then it is cut off.",
    )
    receive_timeout: PositiveFloat = Field(
        30.0,
        description="Seconds in which a request must have come, one more for each KiB received; then it is cut off.",
    )
    keep_alive: PositiveFloat = Field(
        60.0, description="Seconds that a connection may stay open between two requests."
    )
    body_limit: PositiveInt = Field(256 * _KIB, description="Largest body of a request, in bytes.")
    array_body_limit: PositiveInt = Field(
        16 * 1024 * _KIB, description="Largest body of a request that holds an array of messages, in bytes."
    )

    @property
    def origins(self) -> Origins:
        """What tells from where requests come."""
        return Origins(map(parse_network, self.trusted_proxies), self.proxy_header)


class AdminSettings(_Listening):
    """`[admin]`: where the pages and the administrators' part of the API are, if not beside the rest."""

    bind: tuple[Annotated[str, AfterValidator(_check_address)], ...] = Field(
        (),
        description="Addresses for administration, such as `127.0.0.1:8081`: pages and the whole API. The addresses of "
        "`[api]` then answer 404 to what needs the scope `admin`, and have no pages. Empty: everything is there.",
    )
    certificate: Path | None = Field(
        None,
        description="PEM file of the certificate that is shown here; it may be that of `[api]`. Without: plain HTTP.",
    )
    key: Path | None = Field(
        None, description="PEM file of its private key, without a passphrase, readable to gatewayd alone."
    )
    allow_plain_http: bool = Field(
        False,
        description="Allow `bind` on other than loopback although nothing is encrypted: passwords can then be read on "
        "the way. Meant for a proxy that does TLS.",
    )
