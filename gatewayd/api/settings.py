"""The section `[api]`: what the server needs, and what decides how calls are answered."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from gatewayd.http.settings import ApiSettings as ServerSettings


class ApiSettings(ServerSettings):
    """`[api]`: where the HTTP server listens, what it grants to a connection, and how calls are answered."""

    time_zone: str = Field(
        "UTC",
        description="Where a day begins and ends when a search names days, such as `America/Recife`.",
    )
    open_metrics: bool = Field(
        True,
        description="Whether `/metrics` is answered without a token; if not, the scope `metrics` is needed.",
    )

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"there is no time zone {value!r}; write it as in `Europe/Madrid`")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)
