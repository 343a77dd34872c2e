"""What can go wrong between gatewayd and a modem, as errors whose words are for the operator."""

from __future__ import annotations

from gatewayd.errors import GatewaydError


class PortUnavailable(GatewaydError):  # noqa: N818 - these are named after what they are
    """The port can't be opened."""

    code = "port_unavailable"


class PortBusy(PortUnavailable):
    """Another program holds the port."""

    code = "port_busy"


class LineLost(GatewaydError):  # noqa: N818
    """The line is dead: the device went away, or the port was closed."""

    code = "line_lost"


class LineSilent(GatewaydError):  # noqa: N818
    """The modem doesn't answer."""

    code = "line_silent"


class ModemRestarted(GatewaydError):  # noqa: N818
    """The modem has restarted by itself and must be set up again."""

    code = "modem_restarted"


class AnswerOwed(GatewaydError):  # noqa: N818
    """The modem still owes the answer to a submit, and must not be disturbed."""

    code = "answer_owed"


class NeedsPerson(GatewaydError):  # noqa: N818
    """Nothing that gatewayd may do by itself makes this modem work."""

    code = "needs_person"
