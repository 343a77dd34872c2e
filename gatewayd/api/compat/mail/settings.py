"""The sections `[mail_in]` and `[[mail_sender]]`."""

from __future__ import annotations

import enum
import re
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    model_validator,
)

from gatewayd.access.networks import IPNetwork, parse_network
from gatewayd.http.settings import parse_address

_DOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_SENDER: Final = re.compile(r"[^@\s<>]*@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


class Content(enum.StrEnum):
    """What of a letter is sent."""

    SUBJECT = "subject"
    BODY = "body"
    BOTH = "both"


def _check_address(text: str) -> str:
    parse_address(text)
    return text


def _check_network(text: str) -> str:
    parse_network(text)
    return text


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text.lower()):
        raise ValueError(f"{text!r} is no domain, such as sms.example.org")
    return text.lower()


def _sender(text: str) -> str:
    if not _SENDER.fullmatch(text.lower()):
        raise ValueError(
            f"{text!r} is no address, such as nagios@example.org, nor a domain, such as @example.org"
        )
    return text.lower()


class MailSettings(BaseModel):
    """`[mail_in]`: letters that become messages, handed over by a mail server. See docs/compat.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bind: tuple[Annotated[str, AfterValidator(_check_address)], ...] = Field(
        default=(),
        description="Addresses for LMTP and SMTP, such as `127.0.0.1:2525`. Empty: no mail is taken. Nothing is "
        "encrypted, and whoever may connect can claim to be any sender: keep it between gatewayd and your mail server.",
    )
    domains: tuple[Annotated[str, AfterValidator(_domain)], ...] = Field(
        default=(),
        description="Domains of the recipients' addresses, `34600123456@sms.example.org`. Required with `bind`.",
    )
    networks: tuple[Annotated[str, AfterValidator(_check_network)], ...] = Field(
        default=("127.0.0.0/8", "::1/128"), description="Networks or addresses from which mail is taken."
    )
    text: Content = Field(
        default=Content.BOTH,
        description="What of a letter is sent: its `subject`, the `body` as plain text, or `both`.",
    )
    max_size: PositiveInt = Field(
        default=256 * 1024, description="Largest letter with its headers and attachments, in bytes."
    )
    max_recipients: PositiveInt = Field(default=100, description="Most recipients of one letter.")
    max_connections: PositiveInt = Field(default=20, description="Most connections at a time.")
    timeout: PositiveFloat = Field(
        default=60.0, description="Seconds that a mail server may be silent; then it is cut off."
    )

    @property
    def allowed(self) -> tuple[IPNetwork, ...]:
        """The networks from which mail is taken."""
        return tuple(map(parse_network, self.networks))

    @model_validator(mode="after")
    def _has_domains(self) -> Self:
        if self.bind and not self.domains:
            raise ValueError('domains are required with bind, such as domains = ["sms.example.org"]')
        return self


class MailSenderSettings(BaseModel):
    """`[[mail_sender]]`: somebody whose letters become messages, in the name of the client whose token it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z][a-z0-9_-]{0,31}$", description="A word of your own.")
    addresses: tuple[Annotated[str, AfterValidator(_sender)], ...] = Field(
        min_length=1,
        description="Envelope senders, such as `nagios@example.org`, or `@example.org` for all of a domain.",
    )
    token: SecretStr = Field(
        description="A token with the scope `send`: its client's limits hold, and it ends like any other."
    )
