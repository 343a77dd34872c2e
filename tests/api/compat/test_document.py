"""What the OpenAPI document says of the APIs of others."""

from __future__ import annotations

from typing import Any

import pytest

from gatewayd.api.app import all_operations
from tests.api.conftest import Api

from .conftest import EVERYTHING

OPERATIONS = [row for row in all_operations(open_metrics=True, compat=EVERYTHING) if row.dialect is not None]


@pytest.fixture
async def document(api: Api) -> dict[str, Any]:
    async with api.anonymous() as anybody:
        found: dict[str, Any] = (await anybody.get("/openapi.json")).json()
    return found


async def test_document_has_every_call_with_its_own_failures(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    for row in OPERATIONS:
        described = document["paths"][row.path][row.method.lower()]
        assert {str(status) for status in (*row.answers, *row.problems)} <= set(described["responses"])
        assert "application/problem+json" not in str(described)
        named = {name for each in described.get("security", []) for name in each}
        assert named <= set(schemes)
        assert bool(named) == (row.scope is not None)
    assert all(scheme["type"] for scheme in schemes.values())


async def test_document_names_each_call_once(document: dict[str, Any]) -> None:
    names = [call["operationId"] for path in document["paths"].values() for call in path.values()]
    assert len(names) == len(set(names))
