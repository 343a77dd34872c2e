"""Commands about the dialogue itself and the power of the modem (ITU-T V.250, 3GPP TS 27.007 §5, §8, §9)."""

from __future__ import annotations

from gatewayd.modem.simulator.commands.table import always, command, number, query
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.line import Form, arguments
from gatewayd.modem.simulator.replies import NOT_SUPPORTED, CommandFault, Lines, Restart


@command("E")
def _echo(equipment: Equipment, value: str) -> Lines:
    equipment.registers.echo = number(value, range(2), default=0) == 1
    return ()


@command("Z")
@command("&F")
def _reset(equipment: Equipment, value: str) -> Lines:
    number(value, range(2), default=0)
    equipment.reset_registers()
    return ()


# Settings of calls and modem control lines: there are none here.
for _name in ("Q", "X", "M", "L", "H", "&C", "&D", "&K", "&W"):
    always(_name, Form.RUN)
always("S", Form.SET)


@command("V")
def _verbose(_equipment: Equipment, value: str) -> Lines:
    # Numeric result codes (ATV0) would be a second dialogue; no SMS program asks for them.
    number(value, range(1, 2), default=1)
    return ()


@command("+CMEE", Form.SET)
def _set_error_form(equipment: Equipment, value: str) -> Lines:
    equipment.registers.cmee = number(value, range(3))
    return ()


@query("+CMEE", Form.READ)
def _read_error_form(equipment: Equipment) -> Lines:
    return (f"+CMEE: {equipment.registers.cmee}",)


always("+CMEE", Form.TEST, "+CMEE: (0-2)")


@command("+CSCS", Form.SET)
def _set_character_set(equipment: Equipment, value: str) -> Lines:
    (name, *_) = arguments(value)
    if name not in ("GSM", "IRA"):
        raise CommandFault("cme", NOT_SUPPORTED)
    equipment.registers.character_set = name
    return ()


@query("+CSCS", Form.READ)
def _read_character_set(equipment: Equipment) -> Lines:
    return (f'+CSCS: "{equipment.registers.character_set}"',)


always("+CSCS", Form.TEST, '+CSCS: ("GSM","IRA")')


@command("+CFUN", Form.SET)
def _set_functionality(equipment: Equipment, value: str) -> Lines | Restart:
    wanted, reset = (*arguments(value), "")[:2]
    level = number(wanted, range(5))
    if level not in (0, 1, 4):
        raise CommandFault("cme", NOT_SUPPORTED)
    if number(reset, range(2), default=0):
        return Restart()
    if level != equipment.functionality:
        equipment.functionality = level
        equipment.announce_registration()
    return ()


@query("+CFUN", Form.READ)
def _read_functionality(equipment: Equipment) -> Lines:
    return (f"+CFUN: {equipment.functionality}",)


always("+CFUN", Form.TEST, "+CFUN: (0,1,4),(0,1)")
