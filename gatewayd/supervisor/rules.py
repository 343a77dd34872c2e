"""The configuration as the rules that the packages go by; made anew when it is read again."""

from __future__ import annotations

from gatewayd.access.limits import Bounds
from gatewayd.config import Config
from gatewayd.queue.admission import Admission
from gatewayd.queue.prices import Prices
from gatewayd.queue.routing import Routing


def admission_of(config: Config) -> Admission:
    """The configured rules for what is accepted."""
    return Admission(
        config.queue, config.recipients, routing_of(config), prices=config.prices, clients=config.clients
    )


def bounds_of(config: Config) -> Bounds:
    """What clients' limits can name."""
    return Bounds(tuple(modem.name for modem in config.modems), Prices(config.prices).priced)


def routing_of(config: Config) -> Routing:
    """The configured routes over the configured modems."""
    return Routing(config.routes, [modem.name for modem in config.modems])
