"""The commands that the simulated modem knows; importing this package fills ``table.COMMANDS``."""

from gatewayd.modem.simulator.commands import general, identity, messages, registration
from gatewayd.modem.simulator.commands.table import run

__all__ = ["general", "identity", "messages", "registration", "run"]
