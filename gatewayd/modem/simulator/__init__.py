"""A simulated modem on a pty, with a network behind it that keeps a ledger: for demonstrations, tests and benchmarks.

From the inside out: ``line``, ``replies`` and ``commands`` are the AT language, ``card``, ``network``, ``incoming`` and
``equipment`` what it acts on, ``modem`` the dialogue (bytes in, bytes out), ``pty`` and ``serve`` the outside;
``state`` and ``keeper`` let it outlive its process. ``injection`` and ``ledger`` are what a test sees of it.
"""

from gatewayd.modem.simulator.injection import Effect, Injection, InvalidInjection, parse, parse_all
from gatewayd.modem.simulator.ledger import Entry, Ledger, Parts, accepted, read
from gatewayd.modem.simulator.profiles import PROFILES, Profile
from gatewayd.modem.simulator.pty import LinkOccupied
from gatewayd.modem.simulator.serve import Simulator, serve
from gatewayd.modem.simulator.settings import Noise, SimulatorSettings

__all__ = [
    "PROFILES",
    "Effect",
    "Entry",
    "Injection",
    "InvalidInjection",
    "Ledger",
    "LinkOccupied",
    "Noise",
    "Parts",
    "Profile",
    "Simulator",
    "SimulatorSettings",
    "accepted",
    "parse",
    "parse_all",
    "read",
    "serve",
]
