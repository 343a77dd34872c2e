"""Which function carries out which command, and what all commands share: locked SIM, unknown command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from gatewayd.modem.simulator.card import Lock
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.line import Command, Form
from gatewayd.modem.simulator.replies import (
    CMS_SIM_NOT_INSERTED,
    CMS_SIM_PIN_REQUIRED,
    NOT_SUPPORTED,
    SIM_NOT_INSERTED,
    SIM_PIN_REQUIRED,
    SIM_PUK_REQUIRED,
    CommandFault,
    Lines,
    Prompt,
    Restart,
    UnknownCommand,
)

Handler = Callable[[Equipment, str], Lines | Prompt | Restart]
Query = Callable[[Equipment], Lines]
Needs = Literal["nothing", "card", "sim", "sms"]

COMMANDS: dict[tuple[str, Form], tuple[Handler, Needs]] = {}


def command(name: str, form: Form = Form.RUN, *, needs: Needs = "nothing") -> Callable[[Handler], Handler]:
    """Register the decorated function for this form of a command.

    ``needs`` says how it fails while the SIM is locked: not at all, with +CME ERROR, or (messages) with +CMS ERROR; the
    first for "card" too, which fails where there is none.
    """

    def register(handler: Handler) -> Handler:
        COMMANDS[name, form] = (handler, needs)
        return handler

    return register


def query(name: str, form: Form = Form.RUN, *, needs: Needs = "nothing") -> Callable[[Query], Query]:
    """Register the decorated function for a form that has no arguments; see ``command`` for ``needs``."""

    def register(handler: Query) -> Query:
        COMMANDS[name, form] = (lambda equipment, _: handler(equipment), needs)
        return handler

    return register


def always(name: str, form: Form, *lines: str, needs: Needs = "nothing") -> None:
    """Register a form whose answer is always the same; see ``command`` for ``needs``."""
    COMMANDS[name, form] = (lambda _equipment, _arguments: lines, needs)


def run(equipment: Equipment, wanted: Command) -> Lines | Prompt | Restart:
    """Carry out one command. Raises CommandFault, whose error is the final result."""
    found = COMMANDS.get((wanted.name, wanted.form))
    if found is None or not equipment.settings.profile.knows(str(wanted)):
        raise UnknownCommand
    handler, needs = found
    lock = equipment.card.lock
    if needs != "nothing" and lock is Lock.ABSENT:
        raise (
            CommandFault("cms", CMS_SIM_NOT_INSERTED)
            if needs == "sms"
            else CommandFault("cme", SIM_NOT_INSERTED)
        )
    if needs in ("sim", "sms") and lock is not Lock.READY:
        raise _locked(lock, needs)
    return handler(equipment, wanted.arguments)


def _locked(lock: Lock, needs: Needs) -> CommandFault:
    if needs == "sms":
        return CommandFault("cms", CMS_SIM_PIN_REQUIRED)
    return CommandFault("cme", SIM_PUK_REQUIRED if lock is Lock.PUK else SIM_PIN_REQUIRED)


def number(text: str, allowed: range, *, default: int | None = None) -> int:
    """A numeric argument; an empty one is the default where there is one. Raises CommandFault."""
    if not text and default is not None:
        return default
    # str.isdigit() takes superscripts and other scripts' digits too, which int() may refuse.
    if text.isascii() and text.isdigit() and len(text) <= 9 and int(text) in allowed:
        return int(text)
    raise CommandFault("cme", NOT_SUPPORTED)
