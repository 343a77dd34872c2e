"""The SIM's PIN: entered at most once per start, never with the last try, never again once found wrong.

Three wrong PINs block a SIM, and a blocked SIM in a machine room costs a journey. So a PIN that failed is remembered
in the journal over restarts, and a modem that restarts by itself is given again only a PIN that was accepted.
"""

from __future__ import annotations

import hashlib
import re

from pydantic import SecretStr

from gatewayd.modem.failures import NeedsPerson
from gatewayd.modem.ports import Journal
from gatewayd.modem.session import Session

#: How many tries the PIN has left, out of the answers of 3GPP TS 27.007 §8.65 (+CPINR) and of vendors' own commands.
_TRIES_LEFT = (
    re.compile(r"\+CPINR: ?\"?SIM PIN\"?, ?(\d+)"),
    # Huawei: code, times, PUK tries, PIN tries, ...
    re.compile(r"\^CPIN: ?[^,]*,\d*,\d+,(\d+)"),
    re.compile(r"\+QPINC: ?\"SC\", ?(\d+)"),
    re.compile(r"[+^]SPIC: ?(\d+)"),
    re.compile(r"#PCT: ?(\d+)"),
)


class PinGuard:
    """Enters one modem's PIN within these rules. Lives as long as the process."""

    def __init__(self, pin: SecretStr | None, journal: Journal) -> None:
        self._pin = pin
        self._journal = journal
        self._entered = False
        self._accepted = False

    async def enter(self, session: Session, iccid: str | None) -> None:
        """Enter the PIN. Raises ``NeedsPerson`` where it may not be entered or is wrong, and as ``Session.command``."""
        if self._pin is None:
            raise NeedsPerson("the SIM asks for its PIN: set `pin` for this modem, or turn the SIM's PIN off")
        if self._entered and not self._accepted:
            raise NeedsPerson(
                "the SIM asks for its PIN again after one try: check `pin`, then restart gatewayd"
            )
        pin = self._pin.get_secret_value()
        name = _hash(pin, iccid)
        if not await self._journal.pin_allowed(iccid, name):
            raise NeedsPerson("this SIM has refused this PIN before: correct `pin` for this modem")
        left = await tries_left(session)
        if left is not None and left <= 1:
            raise NeedsPerson(
                "the SIM's PIN has one try left: enter it in a phone, which sets the tries back"
            )
        self._entered, self._accepted = True, False
        # Recorded as wrong before it is tried: if the power goes now, it must not be tried a second time.
        await self._journal.pin_tried(iccid, name, accepted=False)
        # One try: an answer that got lost may have been a refusal.
        answer = await session.command(f'AT+CPIN="{pin}"', tries=1)
        if not answer.ok:
            raise NeedsPerson(
                "the SIM refused the PIN: correct `pin` for this modem before more tries are lost"
            )
        self._accepted = True
        await self._journal.pin_tried(iccid, name, accepted=True)


async def tries_left(session: Session) -> int | None:
    """How many tries the PIN has left; None where the modem can't tell."""
    for command in dict.fromkeys((session.quirks.pin_tries, "AT+CPINR")):
        answer = await session.command(command)
        for line in answer.info:
            for pattern in _TRIES_LEFT:
                if (found := pattern.match(line)) is not None:
                    return int(found[1])
    return None


def _hash(pin: str, iccid: str | None) -> str:
    # A name for the pair, not a protection: four digits can be found by trying, so the journal is as secret as the PIN.
    return hashlib.sha256(f"gatewayd pin {iccid or ''} {pin}".encode()).hexdigest()
