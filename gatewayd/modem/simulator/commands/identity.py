"""Commands about who modem and SIM are, and the SIM's PIN (3GPP TS 27.007 §5, §8.3)."""

from __future__ import annotations

from gatewayd.modem.simulator.card import Lock
from gatewayd.modem.simulator.commands.table import always, command, query
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.line import Form, arguments
from gatewayd.modem.simulator.replies import (
    INCORRECT_PASSWORD,
    NOT_ALLOWED,
    SIM_PUK_REQUIRED,
    CommandFault,
    Lines,
)


@query("I")
def _information(equipment: Equipment) -> Lines:
    profile = equipment.settings.profile
    return (
        f"Manufacturer: {profile.manufacturer}",
        f"Model: {profile.model}",
        f"Revision: {profile.revision}",
        f"IMEI: {equipment.settings.imei}",
    )


@query("+GMI")
@query("+CGMI")
def _manufacturer(equipment: Equipment) -> Lines:
    return (equipment.settings.profile.manufacturer,)


@query("+GMM")
@query("+CGMM")
def _model(equipment: Equipment) -> Lines:
    return (equipment.settings.profile.model,)


@query("+GMR")
@query("+CGMR")
def _revision(equipment: Equipment) -> Lines:
    return (equipment.settings.profile.revision,)


@query("+GSN")
@query("+CGSN")
def _imei(equipment: Equipment) -> Lines:
    return (equipment.settings.imei,)


@query("+CIMI", needs="sim")
def _imsi(equipment: Equipment) -> Lines:
    return (equipment.settings.imsi,)


@query("+CCID", needs="card")
@query("+CCID", Form.READ, needs="card")
def _ccid(equipment: Equipment) -> Lines:
    prefix = "+CCID: " if equipment.settings.profile.iccid_prefix else ""
    return (prefix + equipment.iccid,)


@query("+ICCID", needs="card")
@query("+ICCID", Form.READ, needs="card")
def _iccid(equipment: Equipment) -> Lines:
    return (f"+ICCID: {equipment.iccid}",)


@query("^ICCID", Form.READ, needs="card")
def _huawei_iccid(equipment: Equipment) -> Lines:
    return (f"^ICCID: {equipment.iccid}",)


@query("+CPIN", Form.READ, needs="card")
def _read_pin(equipment: Equipment) -> Lines:
    return (f"+CPIN: {equipment.card.lock}",)


always("+CPIN", Form.TEST)


@command("+CPIN", Form.SET, needs="card")
def _enter_pin(equipment: Equipment, value: str) -> Lines:
    card = equipment.card
    if card.lock is Lock.READY:
        raise CommandFault("cme", NOT_ALLOWED)
    if card.lock is Lock.PUK:
        raise CommandFault("cme", SIM_PUK_REQUIRED)
    if not card.enter_pin(arguments(value)[0]):
        raise CommandFault("cme", INCORRECT_PASSWORD)
    equipment.announce_registration()
    return ()


@query("+CPINR")
def _pin_tries(equipment: Equipment) -> Lines:
    return (f"+CPINR: SIM PIN,{equipment.card.tries},3", "+CPINR: SIM PUK,10,10")


_READ_BINARY, _EF_SMSS = "176", "28483"


@command("+CRSM", Form.SET, needs="sim")
def _restricted_access(equipment: Equipment, value: str) -> Lines:
    # 3GPP TS 27.007 §8.18; of the SIM's files, there is the one with the last used TP-MR (31.102 §4.2.28).
    if arguments(value)[:2] != [_READ_BINARY, _EF_SMSS]:
        return ("+CRSM: 106,130",)  # 6A82: no such file
    return (f'+CRSM: 144,0,"{equipment.network.last_mr:02X}FF"',)
