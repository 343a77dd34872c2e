"""Errors in words (AT+CMEE=2, or modems that know nothing else) back to the numbers of the standard. Pure."""

from __future__ import annotations

import functools
import re
from typing import Literal

from gatewayd.sms.cme import CME
from gatewayd.sms.cms import CMS

# Words that some modems leave out and others put in: "(U)SIM PIN required", "SIM PIN".
_OPTIONAL = re.compile(r"\(u\)|\brequired\b|[^a-z0-9]+")


def _key(text: str) -> str:
    return _OPTIONAL.sub("", text.lower())


@functools.cache
def _codes(kind: Literal["cms", "cme"]) -> dict[str, int]:
    table = CMS if kind == "cms" else CME
    return {_key(entry.text): code for code, entry in table.items()}


def code_of_text(kind: Literal["cms", "cme"], text: str) -> int | None:
    """The number whose meaning in 3GPP TS 27.005 §3.2.5 or TS 27.007 §9.2 is ``text``; None where none is."""
    return _codes(kind).get(_key(text))
