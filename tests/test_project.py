"""What is promised about installing: the lock files are complete, hashed, and name no place to download from."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ["runtime.txt", "test.txt", "build.txt"]


def locked(file: str) -> dict[str, tuple[Version, int]]:
    """Version and number of hashes of each package in a lock file."""
    text = (ROOT / "requirements" / file).read_text()
    entries = re.findall(
        r"^([A-Za-z0-9._-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.M
    )
    return {
        canonicalize_name(package): (Version(version), hashes.count("--hash"))
        for package, version, hashes in entries
    }


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("runtime.txt", PROJECT["dependencies"]),
        ("test.txt", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]),
    ],
)
def test_lock_holds_each_declared_dependency_at_a_version_that_suits(lock: str, declared: list[str]) -> None:
    versions = locked(lock)
    for line in declared:
        requirement = Requirement(line)
        version, _ = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{line}: {version} is locked; run make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_nothing_but_hashed_versions(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    pinned = re.findall(r"^[A-Za-z0-9].*==", text, re.M)
    assert len(locked(name)) == len(pinned) > 0
    assert not re.search(r"://|^-|^\s*--(?!hash=)", text, re.M)


def test_locks_agree_on_the_versions_that_they_share() -> None:
    runtime, test = locked("runtime.txt"), locked("test.txt")
    assert {name: test[name] for name in runtime} == runtime


def test_unit_gives_the_daemon_longer_to_stop_than_its_own_graces() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] - systemd's keys keep their case
    unit.read(ROOT / "systemd" / "gatewayd.service")
    service = unit["Service"]
    edge, submit, store = 5, 30, 10  # seconds
    assert int(service["TimeoutStopSec"]) > edge + submit + store
    assert (service["Type"], service["WatchdogSec"]) == ("notify", "30")
