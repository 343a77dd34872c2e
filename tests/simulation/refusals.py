"""What must hold for who said STOP: nothing that has not begun leaves for them any more, until they say START.

Judged by what the network was given and when it was that gatewayd had the keyword on disk, rather than by what
gatewayd made of either.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatewayd.queue.worker import LEAD
from tests.simulation.network import Offered
from tests.simulation.people import KEYWORDS

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Seconds. What was armed before goes on: its 0x1A follows within LEAD, and the line takes its time.
_ARMED = LEAD + 0.5


def violations(world: World) -> Iterator[str]:
    """What is wrong, in words."""
    refused = _refused(world)
    offers: dict[int, list[Offered]] = defaultdict(list)
    for offer in world.network.offers:
        offers[offer.message].append(offer)
    for mark, given in offers.items():
        for offer in given:
            for since, until in refused[offer.to]:
                if since + _ARMED < offer.at < until and not _begun(given, offer):
                    yield f"message {mark} part {offer.part} left {offer.at - since:.1f} s after STOP"


def _refused(world: World) -> dict[str, list[tuple[float, float]]]:
    """From when until when each number wanted nothing."""
    wishes: dict[str, list[tuple[float, str]]] = defaultdict(list)
    words = {said.parts[0]: said for said in world.people.said if said.text in KEYWORDS}
    # In the order in which they were heard: two may come in one instant, after the modem was away.
    for octets, at in world.people.heard.items():
        if (said := words.get(octets)) is not None:
            wishes[said.sender].append((at, KEYWORDS[said.text]))
    refused: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for number, told in wishes.items():
        since = None
        for at, wish in told:
            if wish == "stop":
                since = at if since is None else since
            elif since is not None:
                refused[number].append((since, at))
                since = None
        if since is not None:
            refused[number].append((since, math.inf))
    return refused


def _begun(given: list[Offered], offer: Offered) -> bool:
    """Whether another part of the message went before this one: what was begun before the STOP is finished.

    Were that one's 0x1A itself too late, it would be found out.
    """
    return any(other.part != offer.part and other.at < offer.at for other in given)
