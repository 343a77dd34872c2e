"""The section `[compat]`: which APIs of others are spoken."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CompatSettings(BaseModel):
    """`[compat]`: APIs of other gateways, for software that speaks them already. See docs/compat.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kannel: bool = Field(
        default=False,
        description="Whether `/cgi-bin/sendsms` is answered, with the parameters of Kannel's smsbox.",
    )
    smsgate: bool = Field(
        default=False, description="Whether `/3rdparty/v1/…` is answered, the API of SMS Gateway for Android."
    )
    twilio: bool = Field(
        default=False,
        description="Whether `/2010-04-01/Accounts/…/Messages` is answered, the resource of Twilio's API.",
    )
