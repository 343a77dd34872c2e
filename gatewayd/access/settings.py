"""The section `[clients]`: what clients are limited to that have no limit of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gatewayd.access import money
from gatewayd.access.limits import ClientLimits


def _in_micros(amount: Decimal) -> Decimal:
    money.to_micros(amount)
    return amount


Money = Annotated[Decimal, AfterValidator(_in_micros)]
_Most = Annotated[int, Field(ge=1)]


class ClientsSettings(BaseModel):
    """`[clients]`: limits of each client that has none of its own (`gatewayd client limits`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests_per_minute: _Most | None = Field(
        default=None,
        description="Requests to the API, of all its tokens together; further ones are answered 429. Ten seconds' "
        "worth may come at once.",
    )
    queue_cap: _Most | None = Field(
        default=None, description="Parts that may wait; what does not fit is answered 429 and not accepted."
    )
    money_per_month: Annotated[Money, Field(gt=0)] | None = Field(
        default=None,
        description="What the parts accepted in a calendar month (UTC) may cost by `[prices]`; what does not fit is "
        "answered 429 and not accepted.",
    )

    def limits(self) -> ClientLimits:
        """Return them in the shape of a client's own."""
        budget = None if self.money_per_month is None else money.to_micros(self.money_per_month)
        return ClientLimits(
            requests_per_minute=self.requests_per_minute, queue_cap=self.queue_cap, money_per_month=budget
        )
