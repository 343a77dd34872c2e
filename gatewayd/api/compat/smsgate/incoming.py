"""From a message as SMSGate's clients write it to drafts. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from gatewayd.api.compat.moments import after
from gatewayd.api.compat.numbers import dialled
from gatewayd.api.wire.types import Instant
from gatewayd.message import Priority
from gatewayd.queue.draft import Draft

#: SMSGate's own bounds.
_MAX_NUMBERS: Final = 100
_SHORTEST_LIFE: Final = 5  # seconds
#: From here on SMSGate's messages go before all others, past its limits. Ours do not pass limits.
_URGENT: Final = 100

MessageId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_.:~-]{1,36}$",
        description="A name of your own; the same message under the same name is accepted once.",
    ),
]


class _Lenient(BaseModel):
    """Keys as SMSGate writes them; those that mean nothing here are left aside."""

    model_config = ConfigDict(extra="ignore", alias_generator=AliasGenerator(to_camel))


class TextMessageIn(_Lenient):
    """The content."""

    text: str = Field(description="The text.")


class SmsGateMessageIn(_Lenient):
    """A message to send to one or several numbers."""

    phone_numbers: list[str] = Field(
        min_length=1,
        max_length=_MAX_NUMBERS,
        description="The recipients' numbers: all are accepted, or none.",
    )
    text_message: TextMessageIn | None = None
    message: str | None = Field(None, description="The text, as older clients send it.")
    id: MessageId | None = None
    device_id: str | None = Field(None, description="Name of the only modem that it may leave by.")
    with_delivery_report: StrictBool = Field(True, description="Whether its delivery is asked for.")
    priority: Annotated[StrictInt, Field(ge=-128, le=127)] = Field(
        0, description="100 and more: emergency. 1 and more: high. Less than 0: bulk."
    )
    ttl: Annotated[StrictInt, Field(ge=_SHORTEST_LIFE)] | None = Field(
        None, description="Seconds after which it is not sent any more."
    )
    valid_until: Instant | None = Field(None, description="Not after this moment; instead of `ttl`.")
    schedule_at: Instant | None = Field(None, description="Not before this moment.")
    sim_number: StrictInt | None = Field(None, description="Refused: name the modem as `deviceId` instead.")
    is_encrypted: StrictBool = Field(
        False, description="Refused where true: the network needs the text itself."
    )
    data_message: Any = Field(None, description="Refused: texts only.")
    mms_message: Any = Field(None, description="Refused: texts only.")

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if self.data_message is not None or self.mms_message is not None:
            raise _refused("dataMessage and mmsMessage can't be sent: this gateway sends texts only")
        if self.is_encrypted:
            raise _refused("isEncrypted must be false: the text goes to the network as it is")
        if self.sim_number is not None:
            raise _refused("simNumber can't be chosen: a modem has one SIM; name the modem as deviceId")
        if self.ttl is not None and self.valid_until is not None:
            raise _refused("ttl and validUntil exclude each other")
        if self.text_message is None and self.message is None:
            raise _refused("textMessage is required")
        return self

    def drafts(self, name: str, now: datetime, region: str) -> list[Draft]:
        """Return one draft for each number, all with the reference ``name``."""
        text = self.message if self.text_message is None else self.text_message.text
        expires_at = self.valid_until
        if self.ttl is not None:
            expires_at = after(self.schedule_at or now, self.ttl)
        return [
            Draft(
                to=number,
                text=text or "",
                priority=_priority(self.priority),
                send_at=self.schedule_at,
                expires_at=expires_at,
                report=self.with_delivery_report,
                modem=self.device_id or None,
                reference=name,
            )
            for number in dict.fromkeys(dialled(number, region) for number in self.phone_numbers)
        ]


def _priority(number: int) -> Priority | None:
    if number >= _URGENT:
        return Priority.EMERGENCY
    if number > 0:
        return Priority.HIGH
    # 0 is what clients send that ask for nothing: their message's type decides, as with our own API.
    return Priority.BULK if number < 0 else None


def _refused(words: str) -> PydanticCustomError:
    # Words may hold braces, which would be filled in.
    return PydanticCustomError("unsupported", "{words}", {"words": words})
