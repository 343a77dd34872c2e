"""The configuration in force, as the page of settings shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the configuration."""

    section: str
    """Such as ``api``, or ``modem phone1``."""
    key: str
    value: str
    """As TOML; of a secret only that there is one."""
    configured: bool
    """Whether the file says so; otherwise it is the default."""
    meaning: str
    """What it decides, in one line of English: the words of the reference."""


@dataclass
class Configured:
    """Holds what is in force: it changes when the file is read again."""

    settings: Sequence[Setting]
