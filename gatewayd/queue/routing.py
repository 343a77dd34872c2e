"""Which modems may send which message. Pure.

A message carries its route as a word: `` (any modem), ``@name`` (that modem only: its client pinned it, or its
first parts went there) or the name of a configured route. A modem serves a set of such words.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatewayd.queue.settings import RouteSettings

ANY = ""


def only(modem: str) -> str:
    """The route of what may leave by ``modem`` alone."""
    return f"@{modem}"


class Routing:
    """The configured routes over the configured modems."""

    def __init__(self, routes: Sequence[RouteSettings], modems: Sequence[str]) -> None:
        self.modems = tuple(modems)
        self._routes = tuple(routes)

    def route(self, *, recipient: str, kind: str, client: str) -> str:
        """The route of a message to ``recipient`` (E.164) of type ``kind`` from ``client``: the first that fits."""
        for route in self._routes:
            if (
                (not route.prefixes or recipient.startswith(route.prefixes))
                and (not route.types or kind in route.types)
                and (not route.clients or client in route.clients)
            ):
                return route.name
        return ANY

    def served_by(self, modem: str) -> tuple[str, ...]:
        """The routes whose messages ``modem`` may send."""
        return (ANY, only(modem), *(route.name for route in self._routes if modem in route.modems))

    def serving(self, route: str) -> tuple[str, ...]:
        """The modems that may send the messages of ``route``."""
        return tuple(modem for modem in self.modems if route in self.served_by(modem))

    def known(self) -> frozenset[str]:
        """Every route that some modem serves."""
        return frozenset(route for modem in self.modems for route in self.served_by(modem))
