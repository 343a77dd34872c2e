"""Check that no locked dependency has a version of which a vulnerability is known. Needs no network.

requirements/advisories.toml is the list; its head says how far it goes. To bring it up to date, look at https://osv.dev
for the packages in requirements/*.txt (or run `pip-audit -r requirements/test.txt`), add what is new, and change the
head. Where something matches, raise the minimum in pyproject.toml and run `make lock`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Advisory:
    """A vulnerability of some versions of a package."""

    package: str
    affected: SpecifierSet
    id: str
    why: str


def read_advisories(path: Path) -> list[Advisory]:
    """The list. Raises KeyError, ValueError and tomllib.TOMLDecodeError where it is not in order."""
    return [
        Advisory(
            canonicalize_name(entry["package"]),
            SpecifierSet(entry["affected"], prereleases=True),
            entry["id"],
            entry["why"],
        )
        for entry in tomllib.loads(path.read_text())["advisory"]
    ]


def read_lock(path: Path) -> dict[str, Version]:
    """The versions of a lock file, by package."""
    return {canonicalize_name(name): Version(version) for name, version in _PINNED.findall(path.read_text())}


def findings(lock: dict[str, Version], advisories: list[Advisory]) -> Iterator[str]:
    """One line for each locked version that is known to be vulnerable."""
    for advisory in advisories:
        version = lock.get(advisory.package)
        if version is not None and version in advisory.affected:
            yield f"{advisory.package} {version} is affected by {advisory.id} ({advisory.affected}): {advisory.why}"


def main() -> int:
    """Check every lock file; the exit status is 1 where anything was found."""
    advisories = read_advisories(ROOT / "requirements" / "advisories.toml")
    found, packages = [], set()
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        lock = read_lock(path)
        packages |= lock.keys()
        found += [f"{path.relative_to(ROOT)}: {line}" for line in findings(lock, advisories)]
    verdict = f"{len(packages)} packages, {len(advisories)} advisories, none applies\n"
    if found:
        verdict = "\n".join([*found, "raise the minimum in pyproject.toml and run: make lock\n"])
    sys.stdout.write(verdict)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
