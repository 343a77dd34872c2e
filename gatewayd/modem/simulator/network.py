"""The network behind the modem: what it takes, how long that needs, and what goes wrong on demand.

It numbers what it takes of a SIM (TP-MR, 0 to 255 and round again) and enters each submit in the ledger when it ends.
Both counts that injections go by are read back from the ledger, so a simulator that is started again goes on where it
was.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from gatewayd.modem.simulator.injection import Effect, Injection
from gatewayd.modem.simulator.ledger import Entry, Ledger, Parts
from gatewayd.modem.simulator.settings import SimulatorSettings
from gatewayd.sms.pdu import Submit, decode_submit

_BEFORE_PROMPT = frozenset({Effect.PROMPT})
_AFTER_CTRL_Z = frozenset(Effect) - _BEFORE_PROMPT

_Key = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class Transmission:
    """A submit on its way."""

    pdu: bytes
    submit: Submit
    stamp: float
    seconds: float
    """From 0x1A to its end."""
    injection: Injection | None


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of it: ``kind`` as in ``ledger.Entry``, with ``mr`` where the network took it."""

    kind: str | None
    code: int | None
    mr: int | None


class Network:
    """What stands behind one modem."""

    def __init__(self, settings: SimulatorSettings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._random = random.Random(settings.seed)  # noqa: S311 - reproducible on purpose
        self._submits = 0
        self._first_tries = 0
        self._refused: set[_Key] = set()
        self.iccid = settings.iccid
        """Of the SIM that is in the modem."""
        self._last_mrs: dict[str, int] = {}
        for entry in ledger.entries:
            if entry.iccid == settings.iccid:
                self._replay(entry)

    def _replay(self, entry: Entry) -> None:
        self._submits += 1
        if entry.kind == Effect.PROMPT:
            return
        key = _key(entry.to, entry.text, entry.parts)
        self._count_first_try(key)
        self._remember(key, accepted=entry.event == "accepted")
        if entry.mr is not None:
            self._last_mrs[entry.iccid] = entry.mr

    @property
    def last_mr(self) -> int:
        """The TP-MR that the SIM used last, 0 to 255."""
        return self._last_mrs.get(self.iccid, 255)

    def swallows_prompt(self, stamp: float) -> bool:
        """Whether the submit that begins now (``stamp``: monotonic seconds) gets no prompt; if so it is recorded."""
        injection = self._injection(self._submits + 1, None, None, _BEFORE_PROMPT)
        if injection is None:
            return False
        self._submits += 1
        self._record("refused", stamp, kind=Effect.PROMPT)
        return True

    def submit(self, pdu: bytes, stamp: float) -> Transmission:
        """Take a PDU (with its SMSC part) over from the modem. Raises DecodeError where it isn't an SMS-SUBMIT.

        ``stamp`` is when the modem read 0x1A, in monotonic seconds.
        """
        submit = decode_submit(pdu)
        self._submits += 1
        first_try = self._count_first_try(_key(submit.to, submit.text, _parts(submit)))
        injection = self._injection(self._submits, first_try, submit.to, _AFTER_CTRL_Z)
        seconds = self._settings.latency
        if self._settings.jitter:
            seconds += self._random.uniform(0, self._settings.jitter)
        return Transmission(pdu, submit, stamp, seconds, injection)

    def settle(self, transmission: Transmission) -> Ended:
        """End it, in the ledger first: to be called when its seconds are over, before anything is told to the host."""
        submit, injection = transmission.submit, transmission.injection
        key = _key(submit.to, submit.text, _parts(submit))
        effect = injection.effect if injection else None
        taken = effect is None or effect is Effect.LOST
        self._remember(key, accepted=taken)
        code = injection.code if injection else None
        mr = (self.last_mr + 1) % 256 if taken else None
        if mr is not None:
            self._last_mrs[self.iccid] = mr
        self._record(
            "accepted" if taken else "refused",
            transmission.stamp,
            transmission=transmission,
            kind=effect,
            code=code,
            mr=mr,
        )
        return Ended(effect, code, mr)

    def _record(
        self,
        event: Literal["accepted", "refused"],
        stamp: float,
        *,
        transmission: Transmission | None = None,
        kind: Effect | None = None,
        code: int | None = None,
        mr: int | None = None,
    ) -> None:
        submit = transmission.submit if transmission else None
        settings = self._settings
        self._ledger.append(
            Entry(
                at=datetime.now(UTC),
                monotonic=stamp,
                event=event,
                modem=settings.name,
                imei=settings.imei,
                iccid=self.iccid,
                mr=mr,
                to=submit.to if submit else "",
                text=submit.text if submit else "",
                encoding=submit.encoding if submit else "",
                parts=_parts(submit) if submit else None,
                pdu=transmission.pdu.hex().upper() if transmission else "",
                kind=str(kind) if kind else None,
                code=code,
            )
        )

    def _injection(
        self, submit: int, first_try: int | None, to: str | None, effects: frozenset[Effect]
    ) -> Injection | None:
        for injection in self._settings.errors:
            if injection.effect in effects and injection.strikes(submit=submit, first_try=first_try, to=to):
                return injection
        return None

    def _count_first_try(self, key: _Key) -> int | None:
        """Number of this first try, or None if it is a retry: the same message was refused, and not yet taken."""
        if key in self._refused:
            return None
        self._first_tries += 1
        return self._first_tries

    def _remember(self, key: _Key, *, accepted: bool) -> None:
        if accepted:
            self._refused.discard(key)
        else:
            self._refused.add(key)


def _key(to: str, text: str, parts: Parts | None) -> _Key:
    """What makes two submits tries of the same part; the concatenation's reference doesn't, a retry may change it."""
    return (to, text, parts.total, parts.n) if parts else (to, text, 1, 1)


def _parts(submit: Submit) -> Parts | None:
    """The concatenation of a decoded submit."""
    concatenation = submit.concatenation
    return (
        Parts(concatenation.reference, concatenation.total, concatenation.number) if concatenation else None
    )
