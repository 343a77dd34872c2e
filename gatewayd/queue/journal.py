"""What the modem side wants remembered over restarts (``modem.ports.Journal``), on the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import structlog

from gatewayd.clock import Clock
from gatewayd.events import feed
from gatewayd.modem.ports import ModemStatus
from gatewayd.queue.lifecycle import TOPIC
from gatewayd.queue.limits import learn_sim
from gatewayd.queue.records import control
from gatewayd.queue.stranding import sim_came_back
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

#: A rung of the reset ladder is used at most once in this time.
RESET_PAUSE = timedelta(minutes=10)


class DatabaseJournal:
    """PIN tries, resets and identities, in tables."""

    def __init__(self, database: Runner, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def pin_allowed(self, iccid: str | None, pin_hash: str) -> bool:
        """Whether this PIN may be tried on this SIM: it wasn't yet found wrong."""
        accepted = await self._database.read(_pin_accepted, iccid, pin_hash)
        return accepted is not False

    async def pin_tried(self, iccid: str | None, pin_hash: str, *, accepted: bool) -> None:
        """Record a try, so that a wrong PIN is never tried twice."""
        await self._database.run(_record_pin, iccid, pin_hash, accepted, self._clock.now(), lane=Lane.OUTCOME)

    async def reset_allowed(self, modem: str, rung: str, now: datetime) -> bool:
        """Whether this rung may be used: not within the last 10 minutes. Records the use if so."""
        return await self._database.run(_use_reset, modem, rung, now, lane=Lane.OUTCOME)

    async def reset_worked(self, modem: str, rung: str, now: datetime) -> None:
        """Record that after this rung of the reset ladder the modem sent again."""
        await self._database.run(_mark_worked, modem, rung, now, lane=Lane.OUTCOME)

    async def last_worked(self, modem: str) -> str | None:
        """The rung that helped the last time; None where none ever has."""
        return await self._database.read(_last_worked, modem)

    async def identified(self, status: ModemStatus) -> None:
        """Record IMEI and ICCID of the modem; a changed ICCID is a changed SIM, with its own counts."""
        if status.iccid is not None:
            await self._database.run(_record_sim, status, status.iccid, self._clock.now(), lane=Lane.OUTCOME)


def _pin_accepted(tx: Tx, iccid: str | None, pin_hash: str) -> bool | None:
    row = control.find_pin.first(tx, {"iccid": iccid or "", "pin_hash": pin_hash})
    return None if row is None else bool(row.accepted)


def _record_pin(tx: Tx, iccid: str | None, pin_hash: str, accepted: bool, at: datetime) -> None:
    control.set_pin.change(
        tx, {"iccid": iccid or "", "pin_hash": pin_hash, "accepted": accepted, "tried_at": at}
    )


def _use_reset(tx: Tx, modem: str, rung: str, now: datetime) -> bool:
    used: datetime | None = control.find_reset.scalar(tx, {"modem": modem, "rung": rung})
    # A use that lies in the future was written before the clock was set back; it must not forbid for ever.
    if used is not None and timedelta(0) <= now - used < RESET_PAUSE:
        return False
    control.set_reset.change(tx, {"modem": modem, "rung": rung, "used_at": now, "worked_at": None})
    return True


def _mark_worked(tx: Tx, modem: str, rung: str, at: datetime) -> None:
    control.mark_worked.change(tx, {"b_modem": modem, "b_rung": rung, "b_at": at})


def _last_worked(tx: Tx, modem: str) -> str | None:
    rung: str | None = control.last_worked.scalar(tx, {"modem": modem})
    return rung


def _record_sim(tx: Tx, status: ModemStatus, iccid: str, at: datetime) -> None:
    """Write the SIM down, and say so where another one was known before."""
    before = control.find_sim.first(tx, {"modem": status.name})
    if before is not None and before.iccid == iccid and before.imei == status.imei:
        return
    control.set_sim.change(tx, {"modem": status.name, "iccid": iccid, "imei": status.imei, "since": at})
    if before is None:
        learn_sim(tx, status.name, iccid)
    elif before.iccid != iccid:
        sim_came_back(tx, status.name)
        tx.announce(TOPIC)
        data = {"from": _shown(before.iccid), "to": _shown(iccid)}
        feed.append(tx, "modem.sim_changed", subject=status.name, client_id=None, data=data, at=at)
        tx.after_commit(partial(log.warning, "modem.sim_changed", modem=status.name, **data))


def _shown(iccid: str) -> str:
    """An ICCID for people who hold the card: the digits at its end are printed on it, and tell two cards apart."""
    return f"…{iccid[-4:]}"
