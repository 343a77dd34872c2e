"""The configuration of one modem: a ``[[modem]]`` table. The reference in the handbook is made from this model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from gatewayd.modem.simulator import InvalidInjection, parse_all

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
ServiceCentre = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,20}$")]


class SimulatedModem(BaseModel):
    """What a modem with ``driver = "simulator"`` is like: ``[modem.simulator]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Seconds that the simulated network takes to accept a part.",
    )
    jitter: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="Up to so many seconds more, at random."
    )
    seed: int = Field(0, description="Seed of everything that happens at random.")
    ledger: Path | None = Field(
        None, description="File for what the simulated network accepted, as JSON lines."
    )
    reports: bool = Field(False, description="Whether the simulated network sends delivery reports.")
    report_after: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="Seconds from the acceptance to the delivery report."
    )
    errors: tuple[str, ...] = Field(
        (), description='Errors on demand, as in `gatewayd simulate --error`: "38@*10", "1@+34600000001".'
    )

    @field_validator("errors")
    @classmethod
    def _readable(cls, errors: tuple[str, ...]) -> tuple[str, ...]:
        try:
            parse_all(errors)
        except InvalidInjection as error:
            raise ValueError(str(error)) from None
        return errors


class ModemSettings(BaseModel):
    """One modem."""

    # A wrong PIN must not appear in the message that says so.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Name = Field(description="The modem's name, in answers, pages, metrics and commands.")
    driver: Literal["at", "simulator"] = Field(
        "at",
        description="`at`: an AT modem on a serial port. `simulator`: a simulated one, which sends nothing.",
    )
    port: Path | None = Field(
        None,
        description="The serial port. Use its name under /dev/serial/by-id/, which stays the same when the modem is "
        'plugged in again. With `driver = "simulator"`: where to put the link to the simulated port; optional.',
    )
    baudrate: int = Field(115200, gt=0, description="Bits per second. Without meaning for most USB modems.")
    interval: float = Field(
        7.0,
        ge=0,
        allow_inf_nan=False,
        description="Seconds from one submit to the next, at least. 0: as fast as the modem can.",
    )
    pin: SecretStr | None = Field(
        None,
        description="The SIM's PIN, 4 to 8 digits. It is entered at most once per start, never when only one try is "
        "left, and never again once the SIM has refused it.",
    )
    smsc: ServiceCentre | None = Field(
        None,
        description="The service centre's number, as in +34600000000. Without it, the one stored on the SIM is used.",
    )
    allow_roaming: bool = Field(False, description="Whether to send while the SIM is in a foreign network.")
    reports: Literal["ask", "never"] = Field(
        "ask",
        description="Whether to ask the network for delivery reports. They also settle messages in doubt.",
    )
    command_timeout: float = Field(
        5.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds to wait for the answer to a command; it is tried three times.",
    )
    prompt_timeout: float = Field(
        10.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds to wait for the modem's prompt for a message.",
    )
    submit_timeout: float = Field(
        180.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds to wait for the answer to a submitted message, after which it is in doubt. A modem "
        "repeats by itself for up to 180 s; less than 60 puts messages in doubt that were only slow, so lower it for "
        "tests alone. NB-IoT needs 420.",
    )
    refresh_interval: float = Field(
        30.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds between two looks at signal, registration and operator.",
    )
    poll_interval: float = Field(
        30.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds between two looks into the modem's and the SIM's storage for received messages that "
        "weren't announced.",
    )
    purge: Literal["read", "never"] = Field(
        "read",
        description="What to do with messages that somebody else has received and left in the storage. `read`: they "
        "are stored in the database and then deleted, so the storage never fills. `never`: they are stored in the "
        "database, and stay; after more than 7 days, a start stores them again. What gatewayd receives itself is "
        "always deleted once it is stored.",
    )
    probe_reference: bool = Field(
        False,
        description="Whether to find out if the SIM keeps the reference of the last message (EF_SMSS), which can help "
        "to settle messages in doubt. Costs a command for each message.",
    )
    reset_command: tuple[str, ...] = Field(
        (),
        description="Program and arguments that switch the modem off and on (a USB reset, a relay). The last "
        "resort, at most once in 10 minutes; exit status 0 says that it worked.",
    )
    simulator: SimulatedModem = Field(
        SimulatedModem.model_validate({}), description="The simulated modem's behaviour."
    )

    @field_validator("pin")
    @classmethod
    def _digits(cls, pin: SecretStr | None) -> SecretStr | None:
        if pin is not None:
            value = pin.get_secret_value()
            if not (value.isascii() and value.isdigit() and 4 <= len(value) <= 8):
                raise ValueError("a PIN has 4 to 8 digits")
        return pin

    @model_validator(mode="after")
    def _has_port(self) -> Self:
        if self.driver == "at" and self.port is None:
            raise ValueError('a modem with driver = "at" needs `port`')
        return self
