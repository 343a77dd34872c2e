"""What can go wrong between gatewayd and a modem, as errors whose words are for the operator."""

from __future__ import annotations

from gatewayd.errors import GatewaydError


class PortUnavailable(GatewaydError):
    """The port can't be opened."""

    code = "port_unavailable"


class PortBusy(PortUnavailable):
    """Another program holds the port."""

    code = "port_busy"


class LineLost(GatewaydError):
    """The line is dead: the device went away, or the port was closed."""

    code = "line_lost"


class LineSilent(GatewaydError):
    """The modem doesn't answer."""

    code = "line_silent"


class ModemRestarted(GatewaydError):
    """The modem has restarted by itself and must be set up again."""

    code = "modem_restarted"


class AnswerOwed(GatewaydError):
    """The modem still owes the answer to a submit, and must not be disturbed."""

    code = "answer_owed"


class SimUnknown(GatewaydError):
    """The SIM may be another one than is known: nothing may be done to it before it was looked at."""

    code = "sim_unknown"


class NeedsPerson(GatewaydError):
    """Nothing that gatewayd may do by itself makes this modem work."""

    code = "needs_person"
