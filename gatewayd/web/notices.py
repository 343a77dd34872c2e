"""What a page says once after something was done: chosen by a word in its address, so nobody can make it say more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gatewayd.web.words import N_


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, and its tone."""

    text: str
    tone: str = "good"


NOTICES: Final = {
    "signed-out": Notice(N_("You have signed out.")),
    "saved": Notice(N_("Saved.")),
    "cancelled": Notice(N_("The message was cancelled.")),
    "accepted": Notice(N_("Accepted. It leaves when its turn comes.")),
    "again": Notice(N_("A new message was made of it; this is the new one.")),
    "settled": Notice(N_("Settled. The reason is in the audit.")),
}
