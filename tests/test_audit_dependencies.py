"""The list of known vulnerabilities, and what is found by it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "requirements" / "advisories.toml"


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "audit_dependencies", ROOT / "tools" / "audit_dependencies.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("package", "version", "found"),
    [
        ("h11", "0.14.0", 1),
        ("h11", "0.16.0", 0),
        ("jinja2", "3.1.4", 3),
        ("starlette", "0.49.0", 1),
        ("starlette", "0.49.1", 0),
        ("unheard-of", "1.0", 0),
    ],
)
def test_vulnerable_version_is_found_and_the_repaired_one_is_not(
    audit: ModuleType, package: str, version: str, found: int
) -> None:
    lines = list(audit.findings({package: Version(version)}, audit.read_advisories(LIST)))
    assert len(lines) == found
    assert all(package in line and version in line for line in lines)


def test_every_advisory_says_what_it_is_about(audit: ModuleType) -> None:
    advisories = audit.read_advisories(LIST)
    assert len({(entry.package, entry.id) for entry in advisories}) == len(advisories)
    assert all(entry.why and entry.id.startswith(("CVE-", "GHSA-")) for entry in advisories)


def test_lock_files_are_read_whole(audit: ModuleType) -> None:
    lock = audit.read_lock(ROOT / "requirements" / "runtime.txt")
    assert {"trio", "starlette", "python-multipart", "cryptography"} <= lock.keys()
