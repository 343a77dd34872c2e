"""The running daemon: builds every object, starts them from the outside in, stops them from the inside out."""

from gatewayd.supervisor.running import run
from gatewayd.supervisor.wiring import Daemon, build

__all__ = ["Daemon", "build", "run"]
