"""What a whole configuration consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from gatewayd.api.settings import ApiSettings
from gatewayd.log import LogFormat, LogLevel
from gatewayd.modem.settings import ModemSettings
from gatewayd.queue.settings import QueueSettings, QuotasSettings, RecipientsSettings, RouteSettings
from gatewayd.store.settings import StoreSettings


class LogSettings(BaseModel):
    """`[log]`: what is logged, and how. It goes to stderr."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: LogFormat = Field(
        LogFormat.AUTO,
        description="`json`: one object a line. `console`: for people. `auto`: `console` on a terminal, else `json`.",
    )
    level: LogLevel = Field(LogLevel.INFO, description="From which severity on something is logged.")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; each service is given its own section. Made by ``load`` or ``parse``."""

    store: StoreSettings
    api: ApiSettings
    """With ``socket`` always filled in."""
    log: LogSettings
    queue: QueueSettings
    quotas: QuotasSettings
    recipients: RecipientsSettings
    modems: tuple[ModemSettings, ...]
    routes: tuple[RouteSettings, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One top-level table of the file."""

    attribute: str
    """Where ``Config`` holds it."""
    model: type[BaseModel]
    many: bool = False
    """Whether it is an array of tables, ``[[name]]``."""


#: By the table's name, in the order in which a person would fill them in.
SECTIONS: Final[Mapping[str, Section]] = {
    "store": Section("store", StoreSettings),
    "api": Section("api", ApiSettings),
    "log": Section("log", LogSettings),
    "modem": Section("modems", ModemSettings, many=True),
    "route": Section("routes", RouteSettings, many=True),
    "recipients": Section("recipients", RecipientsSettings),
    "queue": Section("queue", QueueSettings),
    "quotas": Section("quotas", QuotasSettings),
}
