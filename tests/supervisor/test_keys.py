"""The key that seals secrets: configured, or made beside the database and kept."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gatewayd.config import ConfigError, parse
from gatewayd.errors import StorageFailed
from gatewayd.sealing import SealBroken, new_key
from gatewayd.supervisor.keys import key_file, keyring_of

PLACE = "test:1:secret"


def config(tmp_path: Path, **secrets: str):
    return parse({"store": {"url": f"sqlite:///{tmp_path}/gatewayd.db"}, "secrets": secrets})


def test_key_that_nobody_configured_is_made_once_and_kept(tmp_path: Path):
    sealed = keyring_of(config(tmp_path)).seal(b"secret", PLACE)
    assert keyring_of(config(tmp_path)).open(sealed, PLACE) == b"secret"


def test_key_file_is_for_its_owner_alone(tmp_path: Path):
    keyring_of(config(tmp_path))
    assert stat.S_IMODE(key_file(config(tmp_path)).stat().st_mode) == 0o600


def test_configured_key_seals_and_no_file_is_made(tmp_path: Path):
    key = new_key()
    sealed = keyring_of(config(tmp_path, key=key)).seal(b"secret", PLACE)
    assert keyring_of(config(tmp_path, key=new_key(), previous_key=key)).open(sealed, PLACE) == b"secret"
    assert not key_file(config(tmp_path)).exists()


def test_another_key_opens_nothing(tmp_path: Path):
    sealed = keyring_of(config(tmp_path, key=new_key())).seal(b"secret", PLACE)
    with pytest.raises(SealBroken):
        keyring_of(config(tmp_path, key=new_key())).open(sealed, PLACE)


def test_configured_text_that_is_no_key_is_a_problem_and_not_shown(tmp_path: Path):
    with pytest.raises(ConfigError, match="openssl rand -base64 32") as raised:
        config(tmp_path, key="hunter2")
    assert "hunter2" not in str(raised.value)


def test_key_file_with_another_content_is_left_alone(tmp_path: Path):
    path = key_file(config(tmp_path))
    path.write_text("hunter2\n")
    with pytest.raises(StorageFailed, match=r"\.key must be 32 octets"):
        keyring_of(config(tmp_path))
    assert path.read_text() == "hunter2\n"


def test_key_file_that_cannot_be_written_is_said_by_name(tmp_path: Path):
    key_file(config(tmp_path)).with_name("gatewayd.db.key.new").mkdir()
    with pytest.raises(StorageFailed, match=r"gatewayd\.db\.key can't be written"):
        keyring_of(config(tmp_path))
