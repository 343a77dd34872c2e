"""The keys that seal secrets: from the configuration, otherwise from a file of our own beside the database."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr

from gatewayd.config import Config
from gatewayd.errors import StorageFailed
from gatewayd.log import get_logger
from gatewayd.sealing import Keyring, new_key, parse_key

_log = get_logger("gatewayd.supervisor")


def keyring_of(config: Config) -> Keyring:
    """The keys of ``config``; where it names none, those of the key file, which is made where there is none.

    Call it while the database is held: whoever holds it owns the file. Raises StorageFailed.
    """
    configured = config.secrets.key
    current = _parsed(configured) if configured is not None else _kept(key_file(config))
    previous = config.secrets.previous_key
    return Keyring([current] if previous is None else [current, _parsed(previous)])


def key_file(config: Config) -> Path:
    """Where the key lies that nobody configured. It is no part of a backup: whoever has both reads the secrets."""
    return config.store.path.with_name(config.store.path.name + ".key")


def _parsed(secret: SecretStr) -> bytes:
    return parse_key(secret.get_secret_value())


def _kept(path: Path) -> bytes:
    try:
        return parse_key(path.read_text())
    except FileNotFoundError:
        return _made(path)
    except ValueError as error:
        raise StorageFailed(f"the key file {path} {error}") from error
    except OSError as error:
        raise StorageFailed(f"the key file {path} can't be read: {error.strerror}") from error


def _made(path: Path) -> bytes:
    """A new key, on disk before anything is sealed with it."""
    text = new_key()
    unfinished = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise StorageFailed(f"the key file {path} can't be written: {error.strerror}") from error
    _log.info("keys.created", path=str(path))
    return parse_key(text)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
