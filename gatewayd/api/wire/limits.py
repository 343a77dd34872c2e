"""What clients are limited to, and how much of it they have used."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from gatewayd.access import money
from gatewayd.access.limits import ClientLimits, LimitedClient, LimitsChange
from gatewayd.api.wire.access import ClientOut, client_out
from gatewayd.api.wire.types import Incoming, Reason
from gatewayd.message import Doubt, Priority
from gatewayd.queue.usage import Usage, Used

PriorityName = Literal["emergency", "high", "normal", "bulk"]
DoubtName = Literal["hold", "resend", "assume_sent"]
_PRIORITIES = {priority.label: priority for priority in Priority}


def _exact(amount: Decimal) -> Decimal:
    try:
        money.to_micros(amount)
    except ValueError as error:
        raise PydanticCustomError("format", "{words}", {"words": str(error)}) from None
    return amount


Amount = Annotated[Decimal, AfterValidator(_exact)]


class LimitsIn(Incoming):
    """Limits to be changed. What is left out stays; null takes a limit away, so that the configuration's holds."""

    parts_per_minute: int | None = Field(
        None, description="Parts that leave in any 60 seconds; above it they wait."
    )
    parts_per_hour: int | None = Field(None, description="The same for any hour.")
    parts_per_day: int | None = Field(None, description="The same for any 24 hours.")
    money_per_month: Amount | None = Field(
        None,
        description="What the parts accepted in a calendar month (UTC) may cost; above it nothing is accepted. At most "
        "six decimal places.",
    )
    queue_cap: int | None = Field(None, description="Parts that may wait; above it nothing is accepted.")
    requests_per_minute: int | None = Field(None, description="Requests, of all its tokens together.")
    countries: list[str] | None = Field(
        None, description="Countries (ISO 3166) that it may send to, among those that are configured for all."
    )
    modem: str | None = Field(None, description="The only modem that its messages leave by.")
    priority: PriorityName | None = Field(None, description="The most urgent that its messages may have.")
    in_doubt: DoubtName | None = Field(
        None,
        description="What is done with its messages in doubt, where they say nothing of that themselves.",
    )


class ClientPatchIn(Incoming):
    """A change of a client."""

    limits: LimitsIn
    reason: Reason | None = None

    def change(self, client: str, if_match: frozenset[str] | None) -> LimitsChange:
        """Return it as the domain takes it."""
        asked = self.limits
        values: dict[str, Any] = {name: getattr(asked, name) for name in asked.model_fields_set}
        if asked.money_per_month is not None:
            values["money_per_month"] = money.to_micros(asked.money_per_month)
        if asked.countries is not None:
            values["countries"] = tuple(asked.countries)
        if asked.priority is not None:
            values["priority"] = _PRIORITIES[asked.priority]
        if asked.in_doubt is not None:
            values["in_doubt"] = Doubt(asked.in_doubt)
        return LimitsChange(client, values, self.reason, if_match)


class LimitsOut(TypedDict):
    """A client's own limits; null: as configured for all, and otherwise none."""

    parts_per_minute: int | None
    parts_per_hour: int | None
    parts_per_day: int | None
    money_per_month: str | None
    queue_cap: int | None
    requests_per_minute: int | None
    countries: list[str] | None
    modem: str | None
    priority: PriorityName | None
    in_doubt: Doubt | None


class LimitedClientOut(ClientOut):
    """A client with the limits of its own."""

    limits: LimitsOut


class LimitedClientsOut(TypedDict):
    """All clients by name."""

    clients: list[LimitedClientOut]


class UsedOut(TypedDict):
    """How much of a limit is used; `limit` is null where there is none."""

    used: int
    limit: int | None


class WaitingOut(TypedDict):
    """What waits; `limit` is in parts."""

    messages: int
    parts: int
    limit: int | None


class MonthOut(TypedDict):
    """A calendar month (UTC)."""

    month: str
    parts: int
    """Accepted, less those given back because they were not sent."""
    money: str
    """What these cost."""
    limit: str | None
    currency: str


class UsageOut(TypedDict):
    """How much of its limits a client has used."""

    client: str
    at: datetime
    parts: dict[Literal["minute", "hour", "day", "month"], UsedOut]
    """Parts that left, in sliding windows; `month` is 30 days."""
    waiting: WaitingOut
    month: MonthOut
    requests_per_minute: int | None


def limited_client_out(limited: LimitedClient) -> LimitedClientOut:
    """Write down a client and its limits."""
    return {**client_out(limited.client), "limits": _limits_out(limited.limits)}


def _limits_out(limits: ClientLimits) -> LimitsOut:
    return {
        "parts_per_minute": limits.parts_per_minute,
        "parts_per_hour": limits.parts_per_hour,
        "parts_per_day": limits.parts_per_day,
        "money_per_month": _shown(limits.money_per_month),
        "queue_cap": limits.queue_cap,
        "requests_per_minute": limits.requests_per_minute,
        "countries": None if limits.countries is None else list(limits.countries),
        "modem": limits.modem,
        "priority": None if limits.priority is None else limits.priority.label,  # type: ignore[typeddict-item]
        "in_doubt": limits.in_doubt,
    }


def usage_out(usage: Usage) -> UsageOut:
    """Write down how a client stands."""
    year, month = divmod(usage.month, 100)
    return {
        "client": usage.client,
        "at": usage.at,
        "parts": {window: _used_out(used) for window, used in usage.parts.items()},  # type: ignore[misc]
        "waiting": {
            "messages": usage.waiting_messages,
            "parts": usage.waiting.used,
            "limit": usage.waiting.limit,
        },
        "month": {
            "month": f"{year:04d}-{month:02d}",
            "parts": usage.accepted,
            "money": money.shown(usage.money.used),
            "limit": _shown(usage.money.limit),
            "currency": usage.currency,
        },
        "requests_per_minute": usage.requests_per_minute,
    }


def _used_out(used: Used) -> UsedOut:
    return {"used": used.used, "limit": used.limit}


def _shown(micros: int | None) -> str | None:
    return None if micros is None else money.shown(micros)
