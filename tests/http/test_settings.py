from __future__ import annotations

from ipaddress import ip_address

import pytest
from pydantic import ValidationError

from gatewayd.http.settings import AdminSettings, ApiSettings, parse_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("[::1]:8080", "::1", 8080),
        ("localhost:80", "127.0.0.1", 80),
        ("0.0.0.0:65535", "0.0.0.0", 65535),
    ],
)
def test_address_is_split_into_host_and_port(text: str, host: str, port: int) -> None:
    assert parse_address(text) == (ip_address(host), port)


@pytest.mark.parametrize(
    "text", ["", "8080", ":8080", "::1:8080", "127.0.0.1", "127.0.0.1:65536", "example.org:80"]
)
def test_address_that_is_none_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 127\.0\.0\.1:8080|write an address"):
        parse_address(text)


def test_default_listens_on_loopback_only() -> None:
    assert ApiSettings().bind == ("127.0.0.1:8080",)


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80"])
def test_plain_http_for_other_machines_has_to_be_allowed(address: str) -> None:
    with pytest.raises(ValidationError, match="allow_plain_http"):
        ApiSettings(bind=("127.0.0.1:8080", address))
    assert ApiSettings(bind=(address,), allow_plain_http=True).bind == (address,)


def test_unknown_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="bnid"):
        ApiSettings.model_validate({"bnid": []})


def test_every_option_says_what_it_is_for() -> None:
    assert all(field.description for field in ApiSettings.model_fields.values())


@pytest.mark.parametrize("model", [ApiSettings, AdminSettings])
def test_certificate_with_its_key_opens_other_addresses(model: type[ApiSettings | AdminSettings]) -> None:
    files = {"certificate": "/etc/gatewayd/tls.pem", "key": "/etc/gatewayd/tls.key"}
    assert model.model_validate({"bind": ["0.0.0.0:8443"], **files}).bind == ("0.0.0.0:8443",)


@pytest.mark.parametrize(("there", "missing"), [("certificate", "key"), ("key", "certificate")])
def test_certificate_without_key_or_the_reverse_is_an_error(there: str, missing: str) -> None:
    with pytest.raises(ValidationError, match=f"{missing} is missing"):
        ApiSettings.model_validate({there: "/etc/gatewayd/tls.pem"})
