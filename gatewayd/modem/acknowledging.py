"""AT+CNMA: telling the network that what it handed over directly has arrived for good (3GPP TS 27.005 §3.4.4)."""

from __future__ import annotations

from typing import Final

import structlog

from gatewayd.modem.announcing import announce_messages
from gatewayd.modem.session import Session

logger = structlog.get_logger()

_NONE_EXPECTED: Final = 340
"""+CMS ERROR: no acknowledgement is expected, or no longer."""
_MOST_LATE: Final = 3
"""Acknowledgements in a row that a modem may find unexpected; more, and it doesn't wait for any."""


class Acknowledger:
    """Acknowledges for one modem, and stops doing so for good where the modem turns out not to take it."""

    def __init__(self) -> None:
        self.trusted = True
        self._late = 0

    async def acknowledge(self, session: Session, *, received: bool) -> None:
        """Acknowledge what came last over this line, where that is wanted; or, not ``received``, ask for it again.

        Raises as ``Session.command``.
        """
        if not session.acknowledges or not session.usable:
            return
        command = "AT+CNMA" if received else "AT+CNMA=2"
        answer = await session.command(command, tries=1, can_wait=True)
        if answer.ok:
            self._late = 0
            return
        late = answer.final.code == _NONE_EXPECTED
        self._late += 1
        if not late or self._late >= _MOST_LATE:
            self.trusted = session.acknowledges = False
            logger.warning("modem.takes_no_acknowledgement", modem=session.name)
            await session.command("AT+CSMS=0", can_wait=True)
        # One that waited in vain hands nothing over any more until it is told to again.
        await announce_messages(session)
