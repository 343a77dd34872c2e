"""The sections of the configuration that the queue reads."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveFloat, model_validator

from gatewayd.access.settings import Money
from gatewayd.queue.keywords import plain

_FROZEN = ConfigDict(frozen=True, extra="forbid")
_Limit = Annotated[int, Field(ge=1)]


def _has_letters(word: str) -> str:
    if not plain(word):
        raise ValueError("needs a letter or a digit: case, accents, spaces and punctuation don't count")
    return word


_Keyword = Annotated[str, AfterValidator(_has_letters)]
_Reply = Annotated[str, Field(min_length=1, max_length=1000)]


class QuotaSettings(BaseModel):
    """Most parts in any window of that length; a window left out has no limit."""

    model_config = _FROZEN

    minute: _Limit | None = Field(default=None, description="Parts in any 60 seconds.")
    hour: _Limit | None = Field(default=None, description="Parts in any hour.")
    day: _Limit | None = Field(default=None, description="Parts in any 24 hours.")
    month: _Limit | None = Field(default=None, description="Parts in any 30 days.")


class QuotasSettings(BaseModel):
    """`[quotas]`: exact sliding limits, counted in parts at the moment of submission and kept over restarts."""

    model_config = _FROZEN

    sim: QuotaSettings = Field(default=QuotaSettings(), description="For each SIM.")
    recipient: QuotaSettings = Field(default=QuotaSettings(), description="For each recipient's number.")
    client: QuotaSettings = Field(default=QuotaSettings(), description="For each client.")


class RepliesSettings(BaseModel):
    """`[queue.replies]`: what gatewayd itself answers to keywords, at most once in 24 hours to one number."""

    model_config = _FROZEN

    stop: _Reply | None = Field(
        default=None, description="Answer to who opts out, in all languages at once. Left out: none is sent."
    )
    start: _Reply | None = Field(
        default=None, description="Answer to who ends an opt-out. Left out: none is sent."
    )


class QueueSettings(BaseModel):
    """`[queue]`: how messages are tried and given up."""

    model_config = _FROZEN

    attempts: int = Field(
        default=4,
        ge=1,
        le=20,
        description="How often a part is tried before its message fails. Faults of SIM or modem do not count.",
    )
    retry_delays: tuple[PositiveFloat, ...] = Field(
        default=(7.0, 60.0, 300.0, 1800.0),
        min_length=1,
        description="Seconds to wait after the first, second … failed try; the last is repeated. "
        "Up to a tenth is added at random.",
    )
    validity: PositiveFloat | None = Field(
        default=None,
        description="Seconds after which a message without `expires_at` expires. Left out: never.",
    )
    max_parts: int = Field(default=10, ge=1, le=255, description="Longest accepted text, in parts.")
    languages: tuple[str, ...] = Field(
        default=(),
        description="National language tables that may be used where the GSM alphabet is not enough, such as "
        '["pt", "es", "tr"]. Old handsets lack them and show wrong characters.',
    )
    partial_timeout: PositiveFloat = Field(
        default=600.0,
        description="Seconds that a message with some parts sent waits for its SIM to come back "
        "before it fails as `partial`.",
    )
    submit_grace: PositiveFloat = Field(
        default=30.0,
        description="Seconds that a running submit is waited for when the daemon stops; "
        "after that the message is in doubt.",
    )
    idempotency_days: PositiveFloat = Field(
        default=7.0, description="Days that the answer to an `Idempotency-Key` is kept."
    )
    known_types_only: bool = Field(
        default=False,
        description="Whether a message's `type` must be one of those that `gatewayd type` shows. Otherwise any word "
        "will do.",
    )
    operator_prefixes: tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")], ...] = Field(
        default=(),
        max_length=200,
        description="Beginnings of numbers whose outcomes the metrics count apart, such as those of an operator: "
        '["+34600", "+34650"]. All others are counted by country code.',
    )
    honour_opt_out: bool = Field(
        default=True,
        description="Whether messages to who answered STOP are refused, and queued ones cancelled. "
        "Otherwise it is only recorded.",
    )
    stop_words: tuple[_Keyword, ...] = Field(
        default=(),
        description="Further words that mean STOP where they are the whole message; there are usual ones for "
        "English, Portuguese, Spanish, Catalan and Polish already.",
    )
    start_words: tuple[_Keyword, ...] = Field(
        default=(), description="Further words that end an opt-out, such as START does."
    )
    replies: RepliesSettings = Field(
        default=RepliesSettings(),
        description="What gatewayd itself answers to keywords, at most once in 24 hours to one number, and never to "
        "short codes and names.",
    )


class RecipientsSettings(BaseModel):
    """`[recipients]`: which numbers messages may go to."""

    model_config = _FROZEN

    region: str | None = Field(
        default=None,
        pattern="^[A-Z]{2}$",
        description="Country of numbers written without `+`, such as `ES`. Left out: numbers must begin with `+`.",
    )
    countries: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] | None = Field(
        default=None,
        description='Only numbers of these countries are accepted, such as ["ES", "PT"]. Left out: all.',
    )
    landlines: bool = Field(default=True, description="Whether fixed-line numbers are accepted.")
    premium_rate: bool = Field(
        default=False, description="Whether premium-rate and shared-cost numbers are accepted."
    )
    short_codes: bool = Field(default=False, description="Whether short codes (3 to 6 digits) are accepted.")


class PricesSettings(BaseModel):
    """`[prices]`: what a part costs you, for limits in money and for reports. The longest prefix that fits decides."""

    model_config = _FROZEN

    currency: str = Field(
        default="EUR",
        pattern="^[A-Z]{3}$",
        description="Code of the currency in ISO 4217; there is one for all.",
    )
    default: Annotated[Money, Field(ge=0)] = Field(
        default=Decimal(0), description="A part to where no other price fits; at most six decimal places."
    )
    countries: dict[Annotated[str, Field(pattern="^[A-Z]{2}$")], Annotated[Money, Field(ge=0)]] = Field(
        default={}, description="By country (ISO 3166), such as { ES = 0.045, PT = 0.06 }."
    )
    prefixes: dict[Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")], Annotated[Money, Field(ge=0)]] = Field(
        default={}, description='By the beginning of the recipient\'s number, such as { "+34600" = 0.03 }.'
    )


class RouteSettings(BaseModel):
    """`[[route]]`: which messages leave by which modems. The first that fits decides; else any modem may send."""

    model_config = _FROZEN

    name: str = Field(pattern="^[a-z][a-z0-9_-]{0,31}$", description="A word of your own.")
    modems: tuple[str, ...] = Field(
        min_length=1, description="Names of the modems that may send these messages."
    )
    prefixes: tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")], ...] = Field(
        default=(), description='Beginnings of the recipient\'s number, such as ["+351"]. Empty: any.'
    )
    types: tuple[str, ...] = Field(default=(), description="Message types. Empty: any.")
    clients: tuple[str, ...] = Field(default=(), description="Names of clients. Empty: any.")

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not (self.prefixes or self.types or self.clients):
            raise ValueError(
                "needs at least one of prefixes, types, clients: a route for everything is no route"
            )
        return self


class RetentionSettings(BaseModel):
    """`[retention]`: for how many days texts and numbers are kept. What is older is wiped once a day, for good.

    A message type with days of its own (`keep_days`) keeps text and number for these.
    """

    model_config = _FROZEN

    text_days: int = Field(
        default=30,
        ge=0,
        le=36_500,
        description="Texts of messages, after the last change of their state. What waits or is in doubt keeps its own.",
    )
    number_days: int = Field(
        default=180,
        ge=7,
        le=36_500,
        description="Recipients' numbers; then `+34…12` is left. At least as long as the texts.",
    )
    inbox_days: int = Field(
        default=180, ge=8, le=36_500, description="Texts and senders of received messages."
    )

    @model_validator(mode="after")
    def _no_text_without_number(self) -> Self:
        if self.number_days < self.text_days:
            raise ValueError("number_days must be text_days or more: a text goes no later than its number")
        return self
