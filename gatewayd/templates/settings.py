"""The section of the configuration that templates read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_Language = Annotated[str, Field(pattern="^[a-z]{2,3}(-[A-Z]{2})?$")]


class TemplatesSettings(BaseModel):
    """`[templates]`: in which language a message is written where the one that was asked for is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[_Language, ...] = Field(
        default=("en",),
        description="Languages that are tried in this order after the one that a message asks for and its relatives "
        '(`pt-BR`, then `pt`, then any other `pt-…`), such as ["pt-BR", "en"]. The first is also what a message gets '
        "that asks for none.",
    )
