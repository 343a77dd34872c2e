"""Bringing a modem from any state to one in which it can submit, whatever its make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import trio

from gatewayd.modem.announcing import announce_messages, choose_service
from gatewayd.modem.exchange import Answer
from gatewayd.modem.failures import NeedsPerson
from gatewayd.modem.identity import Equipment, read_equipment, read_iccid
from gatewayd.modem.network import announce_registration
from gatewayd.modem.pin import PinGuard
from gatewayd.modem.quirks import quirks_of
from gatewayd.modem.session import Session
from gatewayd.sms.faults import lookup

_PATIENCE: Final = 30.0
"""Seconds for a SIM to wake up after the modem's start; slow ones take about 20."""
_PAUSE: Final = 1.0
"""Seconds between two questions to a SIM that isn't ready."""
#: +CME ERROR that waiting doesn't cure: no SIM, PUK, broken, wrong (3GPP TS 27.007 §9.2).
_HOPELESS: Final = frozenset({10, 12, 13, 15})


@dataclass(frozen=True, slots=True)
class SetUp:
    """A modem that is set up."""

    equipment: Equipment
    iccid: str | None
    domains: tuple[str, ...]
    """Registration domains that it knows, as in ``network.DOMAINS``."""


async def set_up(
    session: Session,
    *,
    pins: PinGuard,
    smsc: str | None,
    acknowledge: bool,
    told_iccid: str | None = None,
) -> SetUp:
    """Set the modem up; ``acknowledge``: what it hands over directly will be acknowledged, where it can take that.

    ``told_iccid``: the IMEI of the modem that has told the ICCID of a SIM before; the same one can do so again.
    Raises ``NeedsPerson`` where only a person can help, and ``LineSilent``, ``LineLost`` and ``ModemRestarted``.
    """
    # The line's state is unknown, so the first command goes out after ESC, silence and AT: see Session.align.
    await session.command("ATE0")
    equipment = await read_equipment(session)
    session.manufacturer = equipment.manufacturer
    session.quirks = quirks_of(equipment.manufacturer, equipment.model)
    for command in ("AT+CMEE=1", *session.quirks.init):
        await session.command(command)
    await _unlock(session, pins)
    if not (await _patiently(session, "AT+CMGF=0", lambda answer: answer.ok)).ok:
        raise NeedsPerson("the modem refuses PDU mode (AT+CMGF=0): gatewayd can't use it")
    await choose_service(session, acknowledge=acknowledge)
    await announce_messages(session)
    if smsc is not None:
        await session.command(f'AT+CSCA="{smsc}",{145 if smsc.startswith("+") else 129}')
    domains = await announce_registration(session)
    await session.command("AT+COPS=3,0")
    can_tell = told_iccid is not None and told_iccid == equipment.imei
    return SetUp(
        equipment, await _read_iccid_patiently(session) if can_tell else await read_iccid(session), domains
    )


async def is_same_sim(session: Session, iccid: str | None) -> bool:
    """Whether the SIM is in, unlocked, and as far as can be told the one with this ICCID. Raises as ``command``."""
    answer = await session.command("AT+CPIN?", final_optional=True)
    return answer.ok and _lock_state(answer) == "READY" and await read_iccid(session) == iccid


async def _read_iccid_patiently(session: Session) -> str:
    """Without it, nobody knows whether it is another SIM, to which nothing may go that was begun on the one before."""
    deadline = trio.current_time() + _PATIENCE
    while (iccid := await read_iccid(session)) is None:
        if trio.current_time() >= deadline:
            raise NeedsPerson("the SIM doesn't tell its ICCID, as it did before: is it damaged?")
        await trio.sleep(_PAUSE)
    return iccid


async def _unlock(session: Session, pins: PinGuard) -> None:
    answer = await _patiently(session, "AT+CPIN?", _is_decisive)
    if not answer.ok:
        fault = lookup(answer.final.kind, answer.final.code, session.manufacturer)
        raise NeedsPerson(f"no usable SIM: {fault.text}")
    state = _lock_state(answer)
    if state == "SIM PIN":
        await pins.enter(session, await read_iccid(session))
        # It reads its files now, and refuses much until it has.
        await _patiently(session, "AT+CPIN?", lambda answer: _lock_state(answer) == "READY")
    elif state.startswith("NOT "):
        raise NeedsPerson(f"no usable SIM: the modem says {state}")
    elif state != "READY":
        # PUK and network locks: never automatic, for a wrong one can ruin the SIM.
        raise NeedsPerson(f"the SIM or the modem is locked and asks for {state}: unlock it in a phone")


def _is_decisive(answer: Answer) -> bool:
    if answer.ok:
        # Some answer OK alone while the SIM wakes up.
        return bool(answer.info) and _lock_state(answer) != "NOT READY"
    return answer.final.kind == "cme" and answer.final.code in _HOPELESS


def _lock_state(answer: Answer) -> str:
    line = answer.info[0] if answer.info else ""
    return line.removeprefix("+CPIN:").strip(' "')[:32]


async def _patiently(session: Session, command: str, enough: Callable[[Answer], bool]) -> Answer:
    """Repeat a command that a modem refuses while its SIM wakes up (CME 14, CMS 515, or no reason given)."""
    deadline = trio.current_time() + _PATIENCE
    # Wavecom leaves out the OK after +CPIN.
    optional = command == "AT+CPIN?"
    while not enough(answer := await session.command(command, final_optional=optional)):
        if trio.current_time() >= deadline:
            break
        await trio.sleep(_PAUSE)
    return answer
