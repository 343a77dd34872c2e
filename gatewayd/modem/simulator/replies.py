"""What a command comes to, before it is put into bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["cms", "cme", "error"]

Lines = tuple[str, ...]
"""Information responses of a command that succeeds; none of them is its final result."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The modem wants a PDU now, of so many octets without the SMSC part."""

    length: int


@dataclass(frozen=True, slots=True)
class Restart:
    """The command succeeds, and then the modem starts anew."""


class CommandFault(Exception):
    """The command fails with this error."""

    def __init__(self, kind: Kind, code: int = 0) -> None:
        super().__init__(f"{kind} {code}")
        self.kind = kind
        self.code = code


class UnknownCommand(CommandFault):
    """The modem doesn't know the command."""

    def __init__(self) -> None:
        super().__init__("cme", NOT_SUPPORTED)


NOT_ALLOWED = 3
NOT_SUPPORTED = 4
SIM_NOT_INSERTED = 10
SIM_PIN_REQUIRED = 11
SIM_PUK_REQUIRED = 12
INCORRECT_PASSWORD = 16
INVALID_INDEX = 21
INVALID_CHARACTERS = 25
PHONE_FAILURE = 0

#: The words of AT+CMEE=2 for the codes above (3GPP TS 27.007 §9.2); others stay numbers.
_WORDS = {
    PHONE_FAILURE: "phone failure",
    NOT_ALLOWED: "operation not allowed",
    NOT_SUPPORTED: "operation not supported",
    SIM_NOT_INSERTED: "SIM not inserted",
    SIM_PIN_REQUIRED: "SIM PIN required",
    SIM_PUK_REQUIRED: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    INCORRECT_PASSWORD: "incorrect password",
    INVALID_INDEX: "invalid index",
    INVALID_CHARACTERS: "invalid characters in text string",
    30: "no network service",
}

# 3GPP TS 27.005 §3.2.5
CMS_NOT_ALLOWED = 302
CMS_INVALID_PDU_PARAMETER = 304
CMS_SIM_NOT_INSERTED = 310
CMS_SIM_PIN_REQUIRED = 311
CMS_INVALID_INDEX = 321
CMS_NO_NETWORK_SERVICE = 331
CMS_NO_CNMA_EXPECTED = 340


def final_error(kind: Kind, code: int | None, cmee: int) -> str:
    """The final result line of an error; +CME ERROR is hidden or put into words by AT+CMEE, +CMS ERROR is not."""
    if kind == "cms":
        return f"+CMS ERROR: {code}"
    if kind == "error" or cmee == 0:
        return "ERROR"
    if cmee == 2:
        return f"+CME ERROR: {_WORDS.get(code or 0, code)}"
    return f"+CME ERROR: {code}"
