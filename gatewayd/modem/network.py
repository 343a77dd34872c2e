"""What the modem knows of the network: registration, signal, operator (3GPP TS 27.007 §7.2, §7.3, §8.5)."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Final

from gatewayd.modem.failures import LineSilent
from gatewayd.modem.session import Session

DOMAINS: Final = ("CREG", "CGREG", "CEREG")
"""Circuit-switched, GPRS, LTE: messages go over any of them, so being registered in one is enough."""

HOME, ROAMING, SEARCHING, DENIED = "home", "roaming", "searching", "denied"
NOT_REGISTERED, UNKNOWN, EMERGENCY = "not registered", "unknown", "emergency calls only"

# In order of preference: of several domains, the first of these that one of them reports counts.
_WORDS: Final = {
    1: HOME,
    6: HOME,  # for SMS only
    9: HOME,  # CSFB not preferred
    5: ROAMING,
    7: ROAMING,  # for SMS only
    10: ROAMING,  # CSFB not preferred
    2: SEARCHING,
    3: DENIED,
    8: EMERGENCY,
    4: UNKNOWN,
    0: NOT_REGISTERED,
}
_SIGNAL = re.compile(r"\+CSQ: ?(\d{1,2}),")
_OPERATOR = re.compile(r"\+COPS: ?\d, ?\d, ?\"([^\"]{1,64})\"")


@dataclass(frozen=True, slots=True)
class Network:
    """What a refresh found."""

    registration: str
    signal_dbm: int | None
    operator: str | None

    def usable(self, *, allow_roaming: bool) -> bool:
        """Whether messages may be submitted."""
        # Some modems never say anything but "unknown" and send all the same; if not, the network's refusals tell.
        return self.registration in (HOME, UNKNOWN) or (self.registration == ROAMING and allow_roaming)

    def obstacle(self) -> str:
        """Why messages may not be submitted, and what to do, for people."""
        return {
            ROAMING: "roaming, and `allow_roaming` is not set for this modem",
            DENIED: "the network refuses this SIM: is it active, and allowed on this network?",
            EMERGENCY: "the network allows this SIM emergency calls only: is it active?",
        }.get(self.registration, f"no network: {self.registration}")


def is_away(status: int) -> bool:
    """Whether a modem that reports this <stat> has no network that takes messages, as without its SIM."""
    return _WORDS.get(status) in (NOT_REGISTERED, SEARCHING, DENIED, EMERGENCY)


async def announce_registration(session: Session) -> tuple[str, ...]:
    """Have changes of registration reported, and return the domains that the modem knows."""
    return tuple([domain for domain in DOMAINS if (await session.command(f"AT+{domain}=1")).ok])


async def read_network(session: Session, domains: tuple[str, ...]) -> Network:
    """Ask for registration, signal and operator. Each command is a turn of its own: a submit may come between them.

    Raises as ``Session.command``, ``AnswerOwed`` and ``SimUnknown`` included.
    """
    statuses: set[int] = set()
    for domain in domains:
        answer = await session.command(f"AT+{domain}?", can_wait=True)
        # The last line is the newest: an unsolicited one may have come before or after the answer.
        if answer.info and (status := status_in(answer.info[-1])) is not None:
            statuses.add(status)
    registration = next((word for status, word in _WORDS.items() if status in statuses), UNKNOWN)
    signal = await session.command("AT+CSQ", can_wait=True)
    return Network(
        registration=registration,
        signal_dbm=next((dbm for line in signal.info if (dbm := dbm_in(line)) is not None), None),
        operator=await _read_operator(session) if registration in (HOME, ROAMING) else None,
    )


async def _read_operator(session: Session) -> str | None:
    # Not worth a reset: some modems ask the network for the name, and take a minute for it.
    with contextlib.suppress(LineSilent):
        answer = await session.command("AT+COPS?", tries=1, can_wait=True)
        return next((found[1] for line in answer.info if (found := _OPERATOR.match(line))), None)
    return None


def status_in(line: str) -> int | None:
    """<stat> out of an answer (``+CREG: 2,1,"00C3","1A2B"``) or an unsolicited line (``+CREG: 1,"00C3","1A2B"``)."""
    _, _, rest = line.partition(":")
    first, second, *_ = [*(field.strip() for field in rest.split(",")), "", ""]
    status = second if re.fullmatch(r"\d{1,2}", second) else first
    return int(status) if re.fullmatch(r"\d{1,2}", status) else None


def dbm_in(line: str) -> int | None:
    """Signal strength in dBm out of ``+CSQ: 17,0``; None for 99, which means unknown."""
    found = _SIGNAL.match(line)
    return -113 + 2 * int(found[1]) if found is not None and int(found[1]) <= 31 else None
