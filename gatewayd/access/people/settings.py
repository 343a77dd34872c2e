"""The section `[people]` of the configuration."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from gatewayd.access.roles import Role


class PeopleSettings(BaseModel):
    """`[people]`: how long people stay signed in, and who needs a second factor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_idle: float = Field(
        default=1800.0, ge=60, description="Seconds without a request after which a person is signed out."
    )
    session_lifetime: float = Field(
        default=43_200.0, ge=300, description="Seconds after which a person has to sign in again in any case."
    )
    proof_lifetime: float = Field(
        default=600.0,
        ge=60,
        description="Seconds for which a password given is proof enough for what is dangerous, such as making a "
        "token; after that it is asked for again.",
    )
    second_factor_roles: tuple[Role, ...] = Field(
        default=(),
        description="Who has one of these roles can do nothing before setting up a second factor: `viewer`, "
        "`attendant`, `operator`, `approver`, `admin`.",
    )
