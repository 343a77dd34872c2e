"""The section of the configuration that managed batches read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class BatchesSettings(BaseModel):
    """`[batches]`: lists of recipients that are checked, approved, sent, paused and accounted for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approval_above: int = Field(
        default=500,
        ge=0,
        description="A batch with more rows that can be sent than this is approved by a person who did not make it. "
        "Smaller ones may be approved by who made them, programs included.",
    )
    max_rows: int = Field(default=200_000, ge=1, le=1_000_000, description="Most rows of one batch.")
    max_mib: int = Field(default=64, ge=1, le=1024, description="Largest upload, in MiB.")
    keep_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Days after the end of a batch for which its rows are kept. What its messages say is kept as that "
        "of any message.",
    )
