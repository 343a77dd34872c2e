"""What every measurement is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setting:
    """Where to work, and how thoroughly."""

    directory: Path
    """Empty; removed afterwards. On the disk that is measured."""
    cache: Path
    """Kept from run to run: the big databases."""
    quick: bool
    """Fewer repetitions, and nothing with a million messages."""

    def rounds(self, thorough: int, quick: int) -> int:
        """How often."""
        return quick if self.quick else thorough
