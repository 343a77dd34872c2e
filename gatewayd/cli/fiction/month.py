"""The fictitious month from its first day to now: who set up what, what was sent, what went wrong, who put it right."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from gatewayd.cli.fiction.air import Air, Phone
from gatewayd.cli.fiction.calendar import Calendar
from gatewayd.cli.fiction.deeds import Deeds
from gatewayd.cli.fiction.plan import Plan
from gatewayd.cli.fiction.traffic import Traffic
from gatewayd.config import Config
from gatewayd.modem.simulator.settings import SimulatorSettings
from gatewayd.queue import signals
from gatewayd.queue.routing import Routing
from gatewayd.store.database import open_database
from gatewayd.store.transaction import Tx
from gatewayd.supervisor.wiring import build

DAYS: Final = 30
_SEED: Final = 1403
#: What begins later would not be over now.
_LAST_SUBMIT: Final = timedelta(seconds=10)
#: As often as the gateway itself measures, and as long as it keeps what it measured.
_MEASURED_EVERY: Final = timedelta(seconds=signals.INTERVAL)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is of it."""

    messages: int
    password: str
    """Of everybody in it."""


async def make_history(config: Config, scale: Scale) -> None:
    """Write the month into the new database of ``config``. The same each time, but for names, dates and secrets."""
    now = datetime.now(UTC)
    begin = (now - timedelta(days=DAYS)).replace(hour=7, minute=0, second=0, microsecond=0)
    rng = random.Random(_SEED)  # noqa: S311 - reproducible on purpose
    calendar = Calendar(begin)
    async with open_database(config.store, clock=calendar) as database:
        daemon = build(config, database, calendar)
        plan = Plan(database, calendar)
        phones = _phones(config, begin, now)
        air = Air(plan, phones, rng, now - _LAST_SUBMIT)
        deeds = Deeds(config, daemon, database, calendar, plan, air, phones, rng)
        await deeds.set_up(scale.password)
        Traffic(daemon.queue, plan, air, rng, deeds.clients).spread(scale.messages, begin, now)
        deeds.spread(begin, now)
        _measure(plan, phones, now, rng)
        await plan.play(now)


def _phones(config: Config, begin: datetime, now: datetime) -> list[Phone]:
    routing = Routing(config.routes, [modem.name for modem in config.modems])
    phones = []
    for index, modem in enumerate(config.modems):
        settings = SimulatorSettings(link=Path(modem.name), name=modem.name)
        phones.append(
            Phone(
                modem.name,
                settings.iccid,
                frozenset(routing.served_by(modem.name)),
                timedelta(seconds=7),
                signal=(-79, -93)[index % 2],
            )
        )
    # A night in which nothing worked, and an afternoon on which the second was unplugged.
    night = begin + timedelta(days=DAYS * 2 // 3, hours=3)
    for phone in phones:
        phone.away = [(night, night + timedelta(hours=9))]
    unplugged = now - timedelta(days=2, hours=5)
    phones[-1].away = [*phones[-1].away, (unplugged, unplugged + timedelta(hours=2))]
    return phones


def _measure(plan: Plan, phones: list[Phone], now: datetime, rng: random.Random) -> None:
    """The signal of the last days, as the gateway would have written it down."""
    at = now - signals.KEPT + _MEASURED_EVERY
    drift = dict.fromkeys((phone.name for phone in phones), 0.0)
    while at < now:
        found: list[tuple[str, int | None]] = []
        for phone in phones:
            drift[phone.name] = 0.97 * drift[phone.name] + rng.gauss(0, 1.2)
            away = phone.back(at) is not None
            found.append(
                (phone.name, None if away else round((phone.signal + drift[phone.name]) / 2) * 2 + 1)
            )
        plan.add(at, partial(_write, found=found, at=at))
        at += _MEASURED_EVERY


def _write(tx: Tx, *, found: list[tuple[str, int | None]], at: datetime) -> None:
    signals.write(tx, found, at)
