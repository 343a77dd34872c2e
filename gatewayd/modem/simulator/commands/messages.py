"""Commands about messages, in PDU mode (3GPP TS 27.005)."""

from __future__ import annotations

from gatewayd.modem.simulator.card import Memory, Status
from gatewayd.modem.simulator.commands.table import always, command, number, query
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.incoming import tpdu_length
from gatewayd.modem.simulator.line import Form, arguments
from gatewayd.modem.simulator.replies import (
    CMS_INVALID_INDEX,
    CMS_INVALID_PDU_PARAMETER,
    CMS_NO_CNMA_EXPECTED,
    CMS_NOT_ALLOWED,
    CommandFault,
    Lines,
    Prompt,
)

_INDICATION_RANGES = (range(3), range(3), range(1), range(3), range(2))
_LONGEST_TPDU = 164
"""Octets of the longest SMS-SUBMIT: 24 of header with a full address and validity, 140 of user data."""


@command("+CMGF", Form.SET)
def _set_format(_equipment: Equipment, value: str) -> Lines:
    if number(value, range(2), default=0):
        raise CommandFault("cms", CMS_NOT_ALLOWED)  # PDU mode only, as AT+CMGF=? says
    return ()


always("+CMGF", Form.READ, "+CMGF: 0")
always("+CMGF", Form.TEST, "+CMGF: (0)")


@command("+CSMS", Form.SET)
def _set_service(equipment: Equipment, value: str) -> Lines:
    equipment.inbound.acknowledged = number(value, range(2)) == 1
    return ("+CSMS: 1,1,1",)


@query("+CSMS", Form.READ)
def _read_service(equipment: Equipment) -> Lines:
    return (f"+CSMS: {equipment.inbound.acknowledged:d},1,1,1",)


always("+CSMS", Form.TEST, "+CSMS: (0,1)")


@command("+CNMI", Form.SET)
def _set_indications(equipment: Equipment, value: str) -> Lines:
    given = arguments(value)
    if len(given) > len(_INDICATION_RANGES):
        raise CommandFault("cms", CMS_NOT_ALLOWED)
    present = equipment.inbound.indications
    wanted = [
        number(text, allowed, default=old)
        for text, allowed, old in zip(given, _INDICATION_RANGES, present, strict=False)
    ]
    equipment.inbound.set_indications(wanted + present[len(wanted) :])
    return ()


@query("+CNMI", Form.READ)
def _read_indications(equipment: Equipment) -> Lines:
    return ("+CNMI: " + ",".join(map(str, equipment.inbound.indications)),)


always("+CNMI", Form.TEST, "+CNMI: (0-2),(0-2),(0),(0-2),(0,1)")


@command("+CNMA")
@command("+CNMA", Form.SET)
def _acknowledge(equipment: Equipment, value: str) -> Lines:
    # 0 and 1 acknowledge; after 2 the network tries again.
    refused = number(arguments(value)[0], range(3), default=0) == 2
    if not equipment.inbound.acknowledge(received=not refused):
        raise CommandFault("cms", CMS_NO_CNMA_EXPECTED)
    return ()


@command("+CPMS", Form.SET, needs="sms")
def _set_storage(equipment: Equipment, value: str) -> Lines:
    chosen = arguments(value)
    if any(storage not in (*equipment.memories, "MT", "") for storage in chosen):
        raise CommandFault("cms", CMS_NOT_ALLOWED)
    if chosen[0] in equipment.memories:
        equipment.selected = chosen[0]
    return ("+CPMS: " + ",".join((_usage(equipment.memory), *[_usage(equipment.card)] * 2)),)


@query("+CPMS", Form.READ, needs="sms")
def _read_storage(equipment: Equipment) -> Lines:
    selected = f'"{equipment.selected}",{_usage(equipment.memory)}'
    return ("+CPMS: " + ",".join((selected, *[f'"SM",{_usage(equipment.card)}'] * 2)),)


@query("+CPMS", Form.TEST, needs="sms")
def _test_storage(equipment: Equipment) -> Lines:
    names = ",".join(f'"{name}"' for name in equipment.memories)
    return (f'+CPMS: ({names}),("SM"),("SM")',)


def _usage(memory: Memory) -> str:
    return f"{len(memory.messages)},{memory.slots}"


@command("+CSCA", Form.SET, needs="sms")
def _set_smsc(equipment: Equipment, value: str) -> Lines:
    equipment.smsc = arguments(value)[0]
    return ()


@query("+CSCA", Form.READ, needs="sms")
def _read_smsc(equipment: Equipment) -> Lines:
    international = 145 if equipment.smsc.startswith("+") else 129
    return (f'+CSCA: "{equipment.smsc}",{international}',)


@command("+CMGS", Form.SET, needs="sms")
def _submit(_equipment: Equipment, value: str) -> Prompt:
    length = arguments(value)[0]
    if not (length.isascii() and length.isdigit()) or not 0 < int(length[:9]) <= _LONGEST_TPDU:
        raise CommandFault("cms", CMS_INVALID_PDU_PARAMETER)
    return Prompt(int(length))


always("+CMGS", Form.TEST)
always("+CMGR", Form.TEST)
always("+CNMA", Form.TEST)
always("+CMGL", Form.TEST, "+CMGL: (0-4)")


@command("+CMGL", needs="sms")
@command("+CMGL", Form.SET, needs="sms")
def _list(equipment: Equipment, value: str) -> Lines:
    wanted = number(value, range(5), default=0)
    if wanted in (2, 3):
        return ()  # messages that were written here to be sent: AT+CMGW isn't known, so there are none
    return tuple(
        f"+CMGL: {index},{status:d},,{tpdu_length(pdu)}\r\n{pdu.hex().upper()}"
        for index, status, pdu in equipment.memory.listing(Status(wanted))
    )


@command("+CMGR", Form.SET, needs="sms")
def _read(equipment: Equipment, value: str) -> Lines:
    message = equipment.memory.messages.get(_index(value))
    if message is None:
        raise CommandFault("cms", CMS_INVALID_INDEX)
    status, message.status = message.status, Status.READ
    return (f"+CMGR: {status:d},,{tpdu_length(message.pdu)}\r\n{message.pdu.hex().upper()}",)


@command("+CMGD", Form.SET, needs="sms")
def _delete(equipment: Equipment, value: str) -> Lines:
    index, flag = (*arguments(value), "")[:2]
    messages = equipment.memory.messages
    kinds = number(flag, range(5), default=0)
    if kinds == 0:
        place = _index(index)
        if place not in equipment.memory.places:
            raise CommandFault("cms", CMS_INVALID_INDEX)
        messages.pop(place, None)
    else:
        # 1 to 3 spare what is unread; 4 takes all (3GPP TS 27.005 §3.5.4).
        doomed = [place for place, m in messages.items() if kinds == 4 or m.status is Status.READ]
        for place in doomed:
            del messages[place]
    equipment.inbound.changes += 1
    equipment.inbound.retry()
    return ()


@query("+CMGD", Form.TEST, needs="sms")
def _test_delete(equipment: Equipment) -> Lines:
    places = ",".join(map(str, sorted(equipment.memory.messages)))
    return (f"+CMGD: ({places}),(0-4)",)


def _index(text: str) -> int:
    """A place on the SIM. Raises CommandFault where it is no number."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    raise CommandFault("cms", CMS_INVALID_INDEX)
