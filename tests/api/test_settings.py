"""What `[api]` decides about the calls."""

from __future__ import annotations

import httpx2
import pytest
from pydantic import ValidationError

from gatewayd.api.settings import ApiSettings

HELLO = {"to": "+34600123456", "text": "Hello"}


class TestDaysInHonolulu:
    @pytest.fixture
    def settings(self) -> ApiSettings:
        return ApiSettings(time_zone="Pacific/Honolulu")

    @pytest.mark.parametrize(("day", "found"), [("2026-01-03", 0), ("2026-01-04", 1), ("2026-01-05", 0)])
    async def test_day_of_a_search_is_a_day_there(
        self, shop: httpx2.AsyncClient, day: str, found: int
    ) -> None:
        await shop.post("/v1/messages", json=HELLO)  # at 08:00 UTC on the 5th, 22:00 there on the 4th

        answer = await shop.get("/v1/messages", params={"since": day, "until": day})

        assert len(answer.json()["messages"]) == found


class TestSmallBodies:
    @pytest.fixture
    def settings(self) -> ApiSettings:
        return ApiSettings(body_limit=100, array_body_limit=200)

    @pytest.mark.parametrize(
        ("size", "as_array", "status"),
        [(50, False, 202), (100, False, 413), (100, True, 202), (200, True, 413)],
    )
    async def test_limits_of_bodies_are_those_configured(
        self, shop: httpx2.AsyncClient, size: int, as_array: bool, status: int
    ) -> None:
        message = {"to": "+34600123456", "text": "x" * size}

        answer = await shop.post("/v1/messages", json=[message] if as_array else message)

        assert answer.status_code == status


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="there is no time zone"):
        ApiSettings(time_zone=zone)
