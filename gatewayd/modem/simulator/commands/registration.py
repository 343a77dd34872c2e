"""Commands about the network: registration, operator, signal, USSD (3GPP TS 27.007 §7)."""

from __future__ import annotations

from gatewayd.modem.simulator.commands.table import always, command, number, query
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.line import Form, arguments
from gatewayd.modem.simulator.replies import CommandFault, Lines

_NO_NETWORK_SERVICE = 30
_GSM_TEXT = 15
"""<dcs> of a USSD string in the default alphabet (3GPP TS 23.038 §5)."""


def _register(name: str) -> None:
    """The three forms of one registration command: +CREG (circuits), +CGREG (packets), +CEREG (EPS)."""

    @command(name, Form.SET)
    def _switch(equipment: Equipment, value: str) -> Lines:
        equipment.registers.registration_urcs[name] = number(value, range(3))
        return ()

    @query(name, Form.READ)
    def _read(equipment: Equipment) -> Lines:
        mode = equipment.registers.registration_urcs[name]
        return (f"{name}: {mode},{equipment.registration_text(mode)}",)

    always(name, Form.TEST, f"{name}: (0-2)")


for _name in ("+CREG", "+CGREG", "+CEREG"):
    _register(_name)


@query("+CSQ")
def _signal(equipment: Equipment) -> Lines:
    # 99,99: neither is known; without radio there is nothing to measure.
    return (f"+CSQ: {equipment.settings.signal if equipment.functionality == 1 else 99},99",)


always("+CSQ", Form.TEST, "+CSQ: (0-31,99),(0-7,99)")


@query("+CGATT", Form.READ)
def _attached(equipment: Equipment) -> Lines:
    return (f"+CGATT: {equipment.registered:d}",)


@query("+COPS", Form.READ)
def _operator(equipment: Equipment) -> Lines:
    if not equipment.registered:
        return ("+COPS: 0",)
    form = equipment.registers.operator_format
    name = equipment.settings.imsi[:5] if form == 2 else equipment.settings.operator
    return (f'+COPS: 0,{form},"{name}"',)


@command("+COPS", Form.SET)
def _select_operator(equipment: Equipment, value: str) -> Lines:
    mode, form = (*arguments(value), "")[:2]
    # There is one network: any way of choosing leads to it; mode 3 only sets the form of the answer.
    number(mode, range(5))
    equipment.registers.operator_format = number(form, range(3), default=equipment.registers.operator_format)
    return ()


@query("+COPS", Form.TEST)
def _test_operator(equipment: Equipment) -> Lines:
    settings = equipment.settings
    return (f'+COPS: (2,"{settings.operator}","{settings.operator}","{settings.imsi[:5]}"),,(0-4),(0-2)',)


@command("+CUSD", Form.SET)
def _ussd(equipment: Equipment, value: str) -> Lines:
    mode, request = (*arguments(value), "")[:2]
    if number(mode, range(3)) == 2 or not request:
        return ()
    if not equipment.registered:
        raise CommandFault("cme", _NO_NETWORK_SERVICE)
    answer = equipment.settings.ussd.get(request)
    # <m> 0: no further action; 4: operation not supported (3GPP TS 27.007 §7.15).
    equipment.unsolicited.append("+CUSD: 4" if answer is None else f'+CUSD: 0,"{answer}",{_GSM_TEXT}')
    return ()


always("+CUSD", Form.READ, "+CUSD: 1")
always("+CUSD", Form.TEST, "+CUSD: (0-2)")
always("+CNUM", Form.RUN, needs="sim")
