"""The ``[web]`` section of the configuration."""

from __future__ import annotations

import zoneinfo
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Language = Literal["en", "pt-BR", "es", "ca", "pl"]


class WebSettings(BaseModel):
    """`[web]`: the pages for people, under `/admin/`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(True, description="Whether there are pages at all.")
    language: Language = Field(
        "en", description="What is spoken to a browser that asks for none of the languages that there are."
    )
    timezone: str = Field(
        "UTC", description="In which times are shown and typed, such as `Europe/Madrid` or `America/Recife`."
    )
    rows: int = Field(50, ge=10, le=500, description="Rows of a table on one page.")

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise ValueError("is no time zone of the IANA database, such as Europe/Madrid") from None
        return name
