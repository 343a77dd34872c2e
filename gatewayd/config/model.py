"""What a whole configuration consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from gatewayd.access.people.settings import PeopleSettings
from gatewayd.access.settings import ClientsSettings
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.api.compat.mail.settings import MailSenderSettings, MailSettings
from gatewayd.api.compat.settings import CompatSettings
from gatewayd.api.settings import ApiSettings
from gatewayd.batches.settings import BatchesSettings
from gatewayd.http.settings import AdminSettings
from gatewayd.log import LogFormat, LogLevel
from gatewayd.modem.settings import ModemSettings
from gatewayd.queue.settings import (
    PricesSettings,
    QueueSettings,
    QuotasSettings,
    RecipientsSettings,
    RetentionSettings,
    RouteSettings,
)
from gatewayd.sealing import parse_key
from gatewayd.store.settings import StoreSettings
from gatewayd.templates.settings import TemplatesSettings
from gatewayd.web.settings import WebSettings
from gatewayd.webhooks.settings import WebhooksSettings


class LogSettings(BaseModel):
    """`[log]`: what is logged, and how. It goes to stderr."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: LogFormat = Field(
        LogFormat.AUTO,
        description="`json`: one object a line. `console`: for people. `auto`: `console` on a terminal, else `json`.",
    )
    level: LogLevel = Field(LogLevel.INFO, description="From which severity on something is logged.")


class SecretsSettings(BaseModel):
    """`[secrets]`: the key that seals what the database must not show (webhooks' secrets, second factors)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr | None = Field(
        None,
        description="32 octets in base64, as `openssl rand -base64 32` prints. Without it, a key is made in a file "
        "beside the database, its name with `.key` appended.",
    )
    previous_key: SecretStr | None = Field(
        None, description="The key before: it opens what it sealed until `gatewayd secrets reseal` was run."
    )

    @field_validator("key", "previous_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_key(value.get_secret_value())
        return value


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; each service is given its own section. Made by ``load`` or ``parse``."""

    store: StoreSettings
    api: ApiSettings
    """With ``socket`` always filled in."""
    admin: AdminSettings
    log: LogSettings
    secrets: SecretsSettings
    people: PeopleSettings
    web: WebSettings
    queue: QueueSettings
    quotas: QuotasSettings
    recipients: RecipientsSettings
    clients: ClientsSettings
    prices: PricesSettings
    retention: RetentionSettings
    modems: tuple[ModemSettings, ...]
    routes: tuple[RouteSettings, ...]
    on_call: tuple[OnCallSettings, ...]
    webhooks: WebhooksSettings
    templates: TemplatesSettings
    batches: BatchesSettings
    compat: CompatSettings
    mail_in: MailSettings
    mail_senders: tuple[MailSenderSettings, ...]


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
    "admin": Section("admin", AdminSettings),
    "log": Section("log", LogSettings),
    "secrets": Section("secrets", SecretsSettings),
    "people": Section("people", PeopleSettings),
    "web": Section("web", WebSettings),
    "modem": Section("modems", ModemSettings, many=True),
    "route": Section("routes", RouteSettings, many=True),
    "recipients": Section("recipients", RecipientsSettings),
    "queue": Section("queue", QueueSettings),
    "quotas": Section("quotas", QuotasSettings),
    "clients": Section("clients", ClientsSettings),
    "prices": Section("prices", PricesSettings),
    "retention": Section("retention", RetentionSettings),
    "on_call": Section("on_call", OnCallSettings, many=True),
    "webhooks": Section("webhooks", WebhooksSettings),
    "templates": Section("templates", TemplatesSettings),
    "batches": Section("batches", BatchesSettings),
    "compat": Section("compat", CompatSettings),
    "mail_in": Section("mail_in", MailSettings),
    "mail_sender": Section("mail_senders", MailSenderSettings, many=True),
}
