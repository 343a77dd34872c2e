"""The text of a token."""

from __future__ import annotations

import hashlib

import pytest

from gatewayd.access import secret


def test_secret_generated_has_256_random_bits_and_its_public_name() -> None:
    fresh = secret.generate()

    prefix, public, rest = fresh.token.split("_", 2)
    assert prefix == "gwd"
    assert public == fresh.public_id
    assert len(rest) == 43  # 32 octets in base64url
    assert fresh.digest == hashlib.sha256(fresh.token.encode()).digest()


def test_secret_generated_twice_differs() -> None:
    assert secret.generate().token != secret.generate().token


def test_public_id_of_a_token_is_found() -> None:
    fresh = secret.generate()

    assert secret.public_id(fresh.token) == fresh.public_id


@pytest.mark.parametrize(
    "text", ["", "gwd_", "gwd_0123456789ab_short", "Bearer x", "gwd_0123456789ab_" + "ü" * 43, "x" * 10_000]
)
def test_public_id_of_anything_else_is_none(text: str) -> None:
    assert secret.public_id(text) is None


def test_matches_only_the_whole_token() -> None:
    fresh = secret.generate()

    assert secret.matches(fresh.token, fresh.digest)
    assert not secret.matches(fresh.token[:-1] + ("A" if fresh.token[-1] != "A" else "B"), fresh.digest)
