"""Secrets at rest: fields of the database that nobody may read without the key.

AES-256 in Galois/Counter Mode (NIST SP 800-38D). What is sealed is bound to its place by a context (such as
``webhook:whk_7f3a:secret``), so that a sealed field copied into another row does not open there. Layout: 1 octet
version, 4 octets that name the key, 12 octets nonce, the ciphertext, 16 octets tag.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_LENGTH: Final = 32  # octets
_VERSION: Final = b"\x01"
_NAME_LENGTH: Final = 4
_NONCE_LENGTH: Final = 12  # octets: what SP 800-38D §8.2 recommends; random, for far fewer than 2³² seals
_HEADER: Final = len(_VERSION) + _NAME_LENGTH


class SealBroken(Exception):
    """A sealed field can't be opened: the key is another one, or the field was changed or moved."""


class Keyring:
    """The keys: the first one seals, all of them open.

    Args:
        keys: ``KEY_LENGTH`` octets each; after the first, those that were used before.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_LENGTH for key in keys):
            raise ValueError(f"a keyring needs at least one key, each of {KEY_LENGTH} octets")
        self._keys = {_name(key): key for key in reversed(keys)}
        self._current = _name(keys[0])

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Return ``plaintext`` sealed for ``context``, differently each time."""
        nonce = os.urandom(_NONCE_LENGTH)
        header = _VERSION + self._current
        return header + nonce + _cipher(self._keys[self._current]).encrypt(nonce, plaintext, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed for ``context``. Raises SealBroken."""
        from cryptography.exceptions import InvalidTag

        key = self._keys.get(sealed[len(_VERSION) : _HEADER])
        if key is None or sealed[: len(_VERSION)] != _VERSION:
            raise SealBroken(f"{context} was sealed with a key that is not configured")
        nonce, ciphertext = sealed[_HEADER : _HEADER + _NONCE_LENGTH], sealed[_HEADER + _NONCE_LENGTH :]
        try:
            return _cipher(key).decrypt(nonce, ciphertext, context.encode())
        except (InvalidTag, ValueError):
            raise SealBroken(f"{context} was changed, or belongs elsewhere") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the key that seals now has sealed this."""
        return sealed[:_HEADER] == _VERSION + self._current


class Resealing:
    """One round in which everything that is sealed is sealed again with the present key.

    Args:
        keyring: opens with any of its keys.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self.renewed = 0
        self.broken: list[str] = []
        """The contexts of what no key opens."""

    def renew(self, sealed: bytes, context: str) -> bytes | None:
        """Return what is to stand there instead; None where ``sealed`` is to stay."""
        if self._keyring.is_current(sealed):
            return None
        try:
            opened = self._keyring.open(sealed, context)
        except SealBroken:
            self.broken.append(context)
            return None
        self.renewed += 1
        return self._keyring.seal(opened, context)


class Survey(Resealing):
    """A look at everything that is sealed, which changes nothing."""

    def __init__(self, keyring: Keyring) -> None:
        super().__init__(keyring)
        self.current = 0
        """How many fields the present key has sealed."""
        self.previous = 0
        """How many fields a key has sealed that is configured to open only."""

    def renew(self, sealed: bytes, context: str) -> None:
        """Count ``sealed``; it is to stay."""
        try:
            self._keyring.open(sealed, context)
        except SealBroken:
            self.broken.append(context)
        else:
            if self._keyring.is_current(sealed):
                self.current += 1
            else:
                self.previous += 1


def new_key() -> str:
    """Return a fresh key as the text that a file or a credential holds."""
    return base64.b64encode(os.urandom(KEY_LENGTH)).decode()


def parse_key(text: str) -> bytes:
    """Read a key from its text. Raises ValueError that says what would be right."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_LENGTH:
        raise ValueError(
            f"must be {KEY_LENGTH} octets in base64, as `openssl rand -base64 {KEY_LENGTH}` prints"
        )
    return key


def _name(key: bytes) -> bytes:
    """What tells keys apart and says nothing about them."""
    return hashlib.sha256(b"gatewayd key name" + key).digest()[:_NAME_LENGTH]


def _cipher(key: bytes) -> AESGCM:
    # OpenSSL's binding is loaded by those who have secrets.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
