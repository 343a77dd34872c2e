"""The ``[store]`` section of the configuration."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

_MIB = 1024 * 1024
_PREFIX = "sqlite:///"


class StoreSettings(BaseModel):
    """Where the messages are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: str = "sqlite:////var/lib/gatewayd/gatewayd.db"
    """The database: sqlite:///relative/path or sqlite:////absolute/path. Its directory must exist and be writable."""
    reserve_mib: int = Field(default=16, ge=0, le=4096)
    """Disk space in MiB kept aside, so that outcomes of submits can still be written when the disk is full."""
    backups: int = Field(default=3, ge=1, le=100)
    """How many of the backups that are made before migrations are kept beside the database."""
    close_grace: float = Field(default=10.0, ge=0, le=60)
    """Seconds that transactions which already wait have to finish when gatewayd stops."""

    read_limit: float = Field(default=10.0, ge=0.1, le=3600)
    """Seconds after which a search of the history is given up (503 `search_too_long`)."""

    @field_validator("url")
    @classmethod
    def _only_sqlite_files(cls, url: str) -> str:
        if not url.startswith(_PREFIX) or not url.removeprefix(_PREFIX).strip("/"):
            raise ValueError("must be sqlite:///relative/path or sqlite:////absolute/path")
        if "?" in url:
            raise ValueError("must not have options after the path")
        return url

    @property
    def path(self) -> Path:
        """The database file."""
        return Path(self.url.removeprefix(_PREFIX))

    @property
    def reserve_bytes(self) -> int:
        """``reserve_mib`` in bytes."""
        return self.reserve_mib * _MIB
