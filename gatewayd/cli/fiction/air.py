"""The two phones of the fictitious month and the network behind them: parts leave by the queue's own rules."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from gatewayd.cli.fiction.plan import Plan
from gatewayd.message import State
from gatewayd.modem.ports import Accepted, Outcome, Phase, Refused, Said, Unknown, Voice
from gatewayd.modem.simulator.deliveries import encode_report
from gatewayd.queue.arming import DOUBT_WINDOW, arm, settle
from gatewayd.queue.claim import Claim, Nothing, Seat, claim
from gatewayd.queue.composing import compose
from gatewayd.queue.pace import PaceRecord
from gatewayd.queue.reports import follow_up, take_report
from gatewayd.queue.retry import Standing, decide
from gatewayd.queue.settings import QueueSettings
from gatewayd.queue.timers import pass_time
from gatewayd.queue.turns import Turns
from gatewayd.sms.faults import lookup
from gatewayd.store.transaction import Tx

SMSC: Final = "+34600000999"
_MOMENT: Final = timedelta(seconds=1)
#: Of a thousand parts, how many the network refuses for good, refuses for now, or never answers.
_REFUSED, _FOR_NOW, _SILENT = 9, 22, 2
#: TP-ST of reports (3GPP TS 23.040 §9.2.3.15), of a thousand: the handset has it, or never will.
_UNDELIVERABLE: Final = 25
_REPORTED: Final = 880
_VALIDITY_OVER: Final = 0x46


@dataclass
class Phone:
    """One modem."""

    name: str
    iccid: str
    routes: frozenset[str]
    interval: timedelta
    away: Sequence[tuple[datetime, datetime]] = ()
    """When it was not there."""
    signal: int = -79
    busy: bool = False
    """Whether its next look is planned."""
    reference: int = 0
    turns: Turns = field(default_factory=Turns)

    @property
    def seat(self) -> Seat:
        """What it may take."""
        return Seat(self.name, self.iccid, self.routes, (), timedelta(minutes=10))

    def back(self, at: datetime) -> datetime | None:
        """When it comes back, where it is away at ``at``."""
        return next((end for begin, end in self.away if begin <= at < end), None)


class Air:
    """Lets ``phones`` send what is queued, as ``plan`` goes on; nothing is begun at ``end`` or later."""

    def __init__(self, plan: Plan, phones: Sequence[Phone], rng: random.Random, end: datetime) -> None:
        self._plan = plan
        self._phones = phones
        self._end = end
        self._rng = rng
        self._settings = QueueSettings()
        #: What is submitted first after each of these is never answered, so that there is always something in doubt.
        self._silences = [end - timedelta(hours=hours) for hours in (20, 9, 3)]

    def wake(self, at: datetime) -> None:
        """Something may be ready: one of those who idle looks, and each who has sent looks again by itself."""
        idle = [phone for phone in self._phones if not phone.busy]
        if idle:
            self._look_at(self._rng.choice(idle), at)

    def look_again(self, at: datetime) -> None:
        """Something waits until ``at``."""
        self._plan.add(at + _MOMENT, lambda tx: self._pass(tx, at + _MOMENT))

    def _pass(self, tx: Tx, at: datetime) -> None:
        pass_time(tx, at, self._settings.attempts)
        self.wake(at)

    def _look_at(self, phone: Phone, at: datetime) -> None:
        phone.busy = True
        self._plan.add(at, lambda tx: self._look(tx, phone, at))

    def _look(self, tx: Tx, phone: Phone, at: datetime) -> None:
        phone.busy = False
        if at >= self._end:
            return
        if (back := phone.back(at)) is not None:
            self._look_at(phone, back)
            return
        found = claim(tx, phone.seat, phone.turns, at)
        if isinstance(found, Nothing):
            if found.again:
                self._look_at(phone, at)
            elif found.until is not None:
                self._look_at(phone, found.until)
            return
        phone.turns.given(found.message.priority, found.message.client_id)
        phone.busy = True
        arm(tx, found, at, PaceRecord("fiction", at.timestamp(), at))
        after = at + timedelta(seconds=self._rng.uniform(1.8, 4.5))
        self._plan.add(after, lambda tx: self._settle(tx, phone, found, at, after))

    def _settle(self, tx: Tx, phone: Phone, taken: Claim, begun: datetime, at: datetime) -> None:
        outcome = self._outcome(phone, taken, begun, (at - begun).total_seconds())
        row = taken.message
        standing = Standing(
            spent=row.spent, faults=row.attempts - 1, failing=0, rejects_duplicates=False, repeats=0
        )
        decision = decide(outcome, standing, self._settings, self._rng)
        until = at + timedelta(seconds=decision.delay)
        settle(tx, taken, outcome, decision, at, until)
        mr = getattr(outcome, "mr", None)
        follow_up(tx, row.seq, at, mr=mr)
        if decision.state is State.QUEUED:
            self.look_again(until)
        elif decision.state is State.IN_DOUBT:
            self.look_again(at + DOUBT_WINDOW)
        elif mr is not None:
            self._report(phone, row.recipient, mr, at)
        self._look_at(phone, begun + phone.interval)

    def _outcome(self, phone: Phone, taken: Claim, begun: datetime, seconds: float) -> Outcome:
        fate = self._rng.randrange(1000)
        if silenced := bool(self._silences) and begun >= self._silences[0]:
            del self._silences[0]
        if fate < _SILENT or silenced:
            why = "line lost: the device is gone"
            dialogue = _dialogue(taken, begun, Said(seconds, Voice.NOTE, why))
            return Unknown(Phase.SUBMITTED, why, 0.0, seconds, dialogue)
        if fate < _SILENT + _REFUSED:
            # Some numbers don't exist; others are barred.
            return _refused(taken, begun, self._rng.choice((1, 1, 10, 95)), seconds)
        if fate < _SILENT + _REFUSED + _FOR_NOW or (taken.message.spent and fate < 500):
            return _refused(taken, begun, self._rng.choice((27, 27, 42, 41, 21)), seconds)
        phone.reference = (phone.reference + 1) % 256
        return Accepted(phone.reference, 0.0, seconds)

    def _report(self, phone: Phone, recipient: str, mr: int, sent: datetime) -> None:
        fate = self._rng.randrange(1000)
        if fate >= _REPORTED:
            return  # some handsets, and some operators, never send one
        status = _VALIDITY_OVER if fate < _UNDELIVERABLE else 0
        wait = 3600.0 * self._rng.uniform(2, 20) if status else self._rng.expovariate(1 / 20) + 2
        at = sent + timedelta(seconds=wait)
        octets = encode_report(mr=mr, to=recipient, smsc=SMSC, at=sent, status=status)
        self._plan.add(at, lambda tx: take_report(tx, phone.name, phone.iccid, octets, at))


def _refused(taken: Claim, begun: datetime, code: int, seconds: float) -> Refused:
    dialogue = _dialogue(taken, begun, Said(seconds, Voice.MODEM, f"+CMS ERROR: {code}"))
    return Refused(lookup("cms", code), Phase.SUBMITTED, 0.0, seconds, dialogue)


def _dialogue(taken: Claim, begun: datetime, last: Said) -> tuple[Said, ...]:
    """What a modem that answers after some hundredths of a second and the gateway said, up to ``last``."""
    pdu = compose(taken.message, taken.part, begun, reports=True)
    return (
        Said(0.0, Voice.GATEWAYD, f"AT+CMGS={pdu.tpdu_length}"),
        Said(0.021, Voice.MODEM, ">"),
        Said(0.021, Voice.GATEWAYD, f"‹PDU, {len(pdu.octets)} octets›"),
        Said(0.024, Voice.GATEWAYD, "Ctrl-Z"),
        replace(last, seconds=round(0.024 + last.seconds, 3)),
    )
