"""What must hold of when parts leave: the pace of each modem, the quotas, and the order in each lane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations, pairwise

from gatewayd.message import Order
from gatewayd.queue.quotas import WINDOWS
from gatewayd.queue.worker import LEAD
from tests.simulation.case import Case
from tests.simulation.network import Offered
from tests.simulation.world import INTERVAL, World

#: Two floats that are the same instant.
_EPSILON = 1e-6
#: A part is counted when it is armed, which is up to LEAD seconds before its 0x1A.
_COUNTED = LEAD + _EPSILON
#: How long what has become due may go unnoticed, with a submit that was begun before.
_UNNOTICED = timedelta(seconds=75)


def violations(world: World, case: Case) -> Iterator[str]:
    """What is wrong, in words."""
    yield from _pace(world)
    yield from _quotas(world)
    yield from _lanes(world, case)


def _pace(world: World) -> Iterator[str]:
    for name, line in world.lines.items():
        for earlier, later in pairwise(line.stamps):
            if later - earlier < INTERVAL - _EPSILON:
                yield f"{name} sent twice within {later - earlier:.3f} s"


def _quotas(world: World) -> Iterator[str]:
    """Whatever a modem was given to send counts, whether the network took it or not."""
    # Only where the wall clock was never set, because that is what quotas are kept on.
    if world.clock.wall_offset or world.weather_had_clock:
        return
    subjects: dict[str, Callable[[Offered], object]] = {
        "sim": lambda offer: offer.sim,
        "recipient": lambda offer: offer.to,
        "client": lambda offer: world.sent[offer.message].client,
    }
    for scope, subject_of in subjects.items():
        times: dict[object, list[float]] = defaultdict(list)
        for offer in world.network.offers:
            times[subject_of(offer)].append(offer.at)
        for window, seconds in WINDOWS.items():
            most = getattr(getattr(world.quotas, scope), window)
            if most is None:
                continue
            for subject, stamps in times.items():
                if any(
                    last - first < seconds - _COUNTED
                    for first, last in zip(stamps, stamps[most:], strict=False)
                ):
                    yield f"{scope} {subject} had more than {most} parts in a {window}"


def _lanes(world: World, case: Case) -> Iterator[str]:
    """Messages of one client to one recipient, at one priority, leave in the order of acceptance.

    Unless the earlier is marked as overtaken, which never happens where either has the order ``strict``; or is passed
    while it is in doubt, after a submit that was armed in its turn and never came to its 0x1A.
    """
    first: dict[int, Offered] = {}
    for offer in world.network.offers:
        first.setdefault(offer.message, offer)
    lanes: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for mark in sorted(first.keys() & case.messages.keys()):
        sent = world.sent[mark]
        lanes[sent.client, sent.draft.to, sent.draft.priority].append(mark)
    for lane in lanes.values():
        for earlier, later in combinations(lane, 2):
            if first[earlier].at < first[later].at or _planned(world, earlier, first[later]):
                continue
            if case.began(earlier) < case.began(later):
                continue
            if not case.messages[earlier].overtaken:
                yield f"message {later} left before message {earlier}, which isn't marked as overtaken"
            elif Order.STRICT in {world.sent[mark].draft.order for mark in (earlier, later)}:
                yield f"message {later} left before message {earlier}, and the order was strict"


def _planned(world: World, mark: int, other: Offered) -> bool:
    """Whether the message was to be sent later than that ``other`` one left: what waits for its time blocks nobody."""
    send_at = world.sent[mark].draft.send_at
    return send_at is not None and (world.weather_had_clock or other.wall < send_at + _UNNOTICED)
