"""gatewayd's own words in a message about alerts, in five languages.

They are written in the GSM alphabet (3GPP TS 23.038 §6.2.1) even where that costs an accent: one character beyond it
would halve what fits into a part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; ``{n}`` is a count."""

    firing: str
    """Heads a message about alerts of which none is known yet."""
    updated: str
    resolved: str
    """Heads a message that nothing fires any more."""
    active: str
    new: str
    ended: str
    critical: str
    more: str
    """Alerts that Alertmanager left out."""


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        "ALERT", "UPDATE", "RESOLVED", "{n} firing", "{n} new", "{n} resolved", "{n} critical", "+{n} more"
    ),
    "pt": Words(
        "ALERTA",
        "ALTERADO",
        "RESOLVIDO",
        "ativos: {n}",
        "novos: {n}",
        "resolvidos: {n}",
        "graves: {n}",
        "+{n}",
    ),
    "es": Words(
        "ALERTA",
        "CAMBIOS",
        "RESUELTO",
        "activas: {n}",
        "nuevas: {n}",
        "resueltas: {n}",
        "graves: {n}",
        "+{n}",
    ),
    "ca": Words(
        "ALERTA",
        "CANVIS",
        "RESOLT",
        "actives: {n}",
        "noves: {n}",
        "resoltes: {n}",
        "greus: {n}",
        "+{n}",
    ),
    "pl": Words(
        "ALARM",
        "ZMIANA",
        "KONIEC ALARMU",
        "aktywne: {n}",
        "nowe: {n}",
        "koniec: {n}",
        "krytyczne: {n}",
        "+{n}",
    ),
}
