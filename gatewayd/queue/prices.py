"""What a part costs, by where it goes. Pure."""

from __future__ import annotations

from gatewayd.access.money import to_micros
from gatewayd.queue.settings import PricesSettings


class Prices:
    """The configured prices, in micros of ``currency``."""

    def __init__(self, settings: PricesSettings) -> None:
        self.currency = settings.currency
        self._default = to_micros(settings.default)
        self._countries = {country: to_micros(price) for country, price in settings.countries.items()}
        # Longest first: the first that fits is the one that knows most.
        self._prefixes = sorted(
            ((prefix, to_micros(price)) for prefix, price in settings.prefixes.items()),
            key=lambda pair: -len(pair[0]),
        )

    @property
    def priced(self) -> bool:
        """Whether anything costs anything."""
        return any((self._default, *self._countries.values(), *(price for _, price in self._prefixes)))

    def of(self, recipient: str, region: str) -> int:
        """The price of a part to ``recipient`` (E.164) in the country ``region`` (ISO 3166)."""
        for prefix, price in self._prefixes:
            if recipient.startswith(prefix):
                return price
        return self._countries.get(region, self._default)
