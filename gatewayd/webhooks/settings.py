"""The `[webhooks]` section of the configuration."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from gatewayd.webhooks.addresses import check_entry


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """What receivers' certificates are checked by: the system's authorities, and those in ``ca_file`` (PEM).

    Raises OSError where the file can't be read or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _holds_certificates(path: Path) -> Path:
    try:
        tls_context(path)
    except ssl.SSLError:
        raise ValueError(f"{path} holds no certificate in PEM") from None
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
    return path


class WebhooksSettings(BaseModel):
    """`[webhooks]`: where events may be sent, and for how long it is tried."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[Annotated[str, AfterValidator(check_entry)], ...] = Field(
        default=(),
        description="Targets beyond the public internet: networks such as `10.1.0.0/16`, or names such as "
        "`hooks.internal`, whatever they lead to. There, plain HTTP and any port are allowed too. Every network named "
        "here can be reached by whoever may add a webhook.",
    )
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(
        default=(443, 8443), min_length=1, description="Ports that a public target may have."
    )
    timeout: float = Field(
        default=15.0,
        ge=1,
        le=30,
        description="Seconds that a receiver has for its whole answer, connecting included.",
    )
    ca_file: Annotated[Path, AfterValidator(_holds_certificates)] | None = Field(
        default=None,
        description="Certificates (PEM) of authorities that receivers may have theirs from, beside those of the "
        "system.",
    )
    disable_after_days: PositiveFloat = Field(
        default=5.0, description="Days of failures without a success after which a webhook is disabled."
    )
    breaker_failures: PositiveInt = Field(
        default=5, description="Failures in a row after which the circuit breaker opens."
    )
    breaker_pause: PositiveFloat = Field(
        default=300.0,
        description="Seconds that nothing is sent while the circuit breaker is open; then one event is tried.",
    )
    rotation_hours: float = Field(
        default=24.0,
        ge=0,
        le=24 * 30,
        description="Hours for which the old secret signs beside the new one after a rotation.",
    )
    dead_letter_days: PositiveFloat = Field(
        default=30.0, description="Days that a dead letter is kept for somebody to send it again."
    )
    per_client: PositiveInt = Field(default=20, description="Most webhooks of one client.")
