"""How a modem is told to hand over what it receives: AT+CSMS and AT+CNMI (3GPP TS 27.005 §3.2.1, §3.4.1).

Received messages are stored by the modem and announced, so they survive a crash on either side. Reports come directly,
and under AT+CSMS=1 the network keeps each until it was acknowledged (+CNMA). That is asked for only where the modem
says that it can do both: one that waits for an acknowledgement which it then refuses receives nothing any more.
"""

from __future__ import annotations

import re

import structlog

from gatewayd.modem.session import Session

logger = structlog.get_logger()

_PHASE_2_PLUS = re.compile(r"\+CSMS: ?1\b")
"""AT+CSMS's answer begins with whether received messages are supported under that setting."""


async def choose_service(session: Session, *, acknowledge: bool) -> None:
    """Ask for acknowledged delivery where this modem can do it and ``acknowledge`` allows it. Raises as ``command``."""
    session.acknowledges = False
    if acknowledge and session.quirks.acknowledges and (await session.command("AT+CNMA=?")).ok:
        answer = await session.command("AT+CSMS=1")
        session.acknowledges = answer.ok and any(_PHASE_2_PLUS.match(line) for line in answer.info)
    if not session.acknowledges:
        await session.command("AT+CSMS=0")


async def announce_messages(session: Session) -> None:
    """Have received messages and reports announced, in the best way that this modem takes. Raises as ``command``."""
    for setting in session.quirks.cnmi:
        if (await session.command(f"AT+CNMI={setting}")).ok:
            return
    # Sending works all the same, and what was received is found by looking.
    logger.warning("modem.no_announcements", modem=session.name)
