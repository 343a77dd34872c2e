"""Secrets at rest open with their key, in their place, and nowhere else."""

from __future__ import annotations

import pytest

from gatewayd.sealing import KEY_LENGTH, Keyring, SealBroken, new_key, parse_key

OLD, NEW = b"o" * KEY_LENGTH, b"n" * KEY_LENGTH
PLACE = "webhook:whk_1:secret"


def test_a_sealed_secret_opens_in_its_place():
    ring = Keyring([NEW])
    sealed = ring.seal(b"whsec_abc", PLACE)
    assert b"whsec_abc" not in sealed
    assert ring.open(sealed, PLACE) == b"whsec_abc"


def test_the_same_secret_is_sealed_differently_each_time():
    ring = Keyring([NEW])
    assert ring.seal(b"x", PLACE) != ring.seal(b"x", PLACE)


def test_a_sealed_secret_does_not_open_in_another_place():
    ring = Keyring([NEW])
    with pytest.raises(SealBroken, match="belongs elsewhere"):
        ring.open(ring.seal(b"x", PLACE), "webhook:whk_2:secret")


@pytest.mark.parametrize("position", range(len(Keyring([NEW]).seal(b"secret", PLACE))))
def test_a_changed_octet_breaks_the_seal(position: int):
    ring = Keyring([NEW])
    sealed = bytearray(ring.seal(b"secret", PLACE))
    sealed[position] ^= 1
    with pytest.raises(SealBroken):
        ring.open(bytes(sealed), PLACE)


@pytest.mark.parametrize("length", [0, 1, 4, 5, 16, 17, 20])
def test_a_cut_field_breaks_the_seal(length: int):
    ring = Keyring([NEW])
    with pytest.raises(SealBroken):
        ring.open(ring.seal(b"secret", PLACE)[:length], PLACE)


def test_a_new_key_seals_and_the_one_before_still_opens():
    sealed = Keyring([OLD]).seal(b"secret", PLACE)
    ring = Keyring([NEW, OLD])
    assert ring.open(sealed, PLACE) == b"secret"
    assert not ring.is_current(sealed)
    assert ring.is_current(ring.seal(b"secret", PLACE))


def test_a_key_that_is_not_configured_is_said_to_be_the_reason():
    sealed = Keyring([OLD]).seal(b"secret", PLACE)
    with pytest.raises(SealBroken, match="key that is not configured"):
        Keyring([NEW]).open(sealed, PLACE)


def test_a_key_is_read_from_the_text_that_was_made_for_it():
    assert len(parse_key(new_key() + "\n")) == KEY_LENGTH


@pytest.mark.parametrize("text", ["", "not base64!", "c2hvcnQ="])
def test_a_text_that_is_no_key_is_refused_with_what_would_be_right(text: str):
    with pytest.raises(ValueError, match="openssl rand -base64 32"):
        parse_key(text)


@pytest.mark.parametrize("keys", [[], [b"short"]])
def test_a_keyring_without_a_whole_key_is_refused(keys: list[bytes]):
    with pytest.raises(ValueError, match="at least one key"):
        Keyring(keys)
