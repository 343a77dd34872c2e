"""The section `[[on_call]]` of the configuration."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, field_validator

from gatewayd.alerts.quiet import QuietHours

#: prometheus.io/docs/concepts/data_model: what a label may be called.
_LabelName = Annotated[str, Field(pattern="^[a-zA-Z_][a-zA-Z0-9_]*$")]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Values = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_as_list)]
Labels = dict[_LabelName, _Values]


class OnCallSettings(BaseModel):
    """`[[on_call]]`: who is told of which of Alertmanager's alerts. An alert goes to every list that it fits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z][a-z0-9_-]{0,31}$", description="A word of your own.")
    recipients: tuple[str, ...] = Field(
        min_length=1,
        max_length=50,
        description='The numbers of whoever is on call, such as ["+34600123456"].',
    )
    client: str | None = Field(
        default=None,
        description="Name of the client whose tokens may alert this list. Left out: any client that may send.",
    )
    receivers: tuple[str, ...] = Field(
        default=(), description="Names of the Alertmanager receivers that lead to this list. Empty: any."
    )
    match: Labels = Field(
        default={},
        description='Labels that an alert must have to be told to this list, such as `{ team = ["db", "web"] }`: each '
        "of them, with any of its values. Empty: every alert.",
    )
    critical: Labels = Field(
        default={"severity": ("critical",)},
        description="Labels that make an alert critical: each of them, with any of its values. Critical alerts go "
        "first, and do not wait for the end of the quiet hours. Empty: every alert is critical.",
    )
    quiet_hours: str | None = Field(
        default=None,
        description="Daily hours, such as `22:00-07:00`, in which only critical alerts are told. Others wait for the "
        "end, and are dropped where they are resolved by then. Left out: none.",
    )
    time_zone: str = Field(default="UTC", description="Of the quiet hours, such as `Europe/Madrid`.")
    language: Literal["en", "pt", "es", "ca", "pl"] = Field(
        default="en", description="Of gatewayd's own words; labels and annotations stay as they are."
    )
    resolved: bool = Field(default=True, description="Whether to tell that alerts are resolved.")
    parts: int = Field(
        default=2, ge=1, le=10, description="Longest message, in parts; what does not fit is cut."
    )
    labels: tuple[_LabelName, ...] = Field(
        default=("cluster", "environment", "namespace", "service", "job", "instance"),
        description="Labels that the message shows, the most important first.",
    )
    validity: PositiveFloat = Field(
        default=43_200.0, description="Seconds after which a message that could not be sent is given up."
    )
    in_doubt: Literal["hold", "resend", "assume_sent"] = Field(
        default="resend",
        description="What to do when nobody can know whether the network took it, as for any message. An alert that "
        "comes twice does less harm than one that never comes.",
    )

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, value: str | None) -> str | None:
        if value is not None:
            QuietHours.parse(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"there is no time zone {value!r}; write it as in `Europe/Madrid`")
        return value

    @property
    def quiet(self) -> QuietHours | None:
        """The quiet hours themselves."""
        return None if self.quiet_hours is None else QuietHours.parse(self.quiet_hours)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)
