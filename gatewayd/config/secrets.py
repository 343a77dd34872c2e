"""Secrets that aren't in the file itself: ``{ file = "…" }`` and ``{ credential = "…" }``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gatewayd.config.problems import Problem, is_secret

#: A secret is short; a larger file was named by mistake.
_LONGEST = 4096  # bytes


def resolve(
    model: type[BaseModel], raw: dict[str, Any], where: str, problems: list[Problem]
) -> dict[str, Any]:
    """Return ``raw`` with each secret that is a reference replaced by what it refers to.

    What can't be had is added to ``problems`` and left out.
    """
    resolved = dict(raw)
    for name, field in model.model_fields.items():
        value = raw.get(name)
        if not is_secret(field.annotation) or not isinstance(value, dict):
            continue
        del resolved[name]
        try:
            resolved[name] = _fetch(value)
        except _UnavailableError as problem:
            problems.append(Problem(f"{where}.{name}", str(problem)))
    return resolved


class _UnavailableError(Exception):
    """The message says why."""


def _fetch(reference: dict[str, Any]) -> str:
    match reference:
        case {"file": str(name), **rest} if not rest:
            return _read(Path(name))
        case {"credential": str(name), **rest} if not rest and "/" not in name:
            # systemd.exec(5), LoadCredential=
            directory = os.environ.get("CREDENTIALS_DIRECTORY")
            if directory is None:
                raise _UnavailableError(
                    f"there is no credential {name!r}: CREDENTIALS_DIRECTORY is not set, so systemd passed none "
                    "(LoadCredential= in the unit)"
                )
            return _read(Path(directory) / name)
    raise _UnavailableError('must be a text, { file = "PATH" } or { credential = "NAME" }')


def _read(path: Path) -> str:
    """The text of a file without the line end that editors add."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except OSError as error:
        raise _UnavailableError(f"{path} can't be read: {error.strerror}") from None
    if len(content) > _LONGEST:
        raise _UnavailableError(f"{path} is too long for a secret: more than {_LONGEST} bytes")
    try:
        return content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise _UnavailableError(f"{path} is not a text in UTF-8") from None
