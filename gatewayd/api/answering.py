"""Writes answers down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with ``value`` as JSON; times in it come out as RFC 3339 in UTC."""
    return Response(to_json(value), status, headers, "application/json")


def no_content() -> Response:
    """Answer that it is done, and that there is nothing to show."""
    return Response(status_code=204)
