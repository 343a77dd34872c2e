"""Money as whole millionths of the currency ("micros"), so that no sum is ever off. Pure."""

from __future__ import annotations

from decimal import Decimal

MICROS = 1_000_000
_PLACES = 6
_LEAST_PLACES = 2


def to_micros(amount: Decimal) -> int:
    """Return ``amount`` of the currency in micros. Raises ValueError for a finer, a negative or no finite amount."""
    if not amount.is_finite() or amount < 0:
        raise ValueError("must be a number of 0 or more")
    micros = amount * MICROS
    if micros != micros.to_integral_value():
        raise ValueError(f"must have at most {_PLACES} decimal places")
    return int(micros)


def shown(micros: int) -> str:
    """Return it as people write it, with two decimal places or as many as it needs: ``25.00``, ``0.045``."""
    sign, whole, rest = "-" if micros < 0 else "", *divmod(abs(micros), MICROS)
    places = f"{rest:0{_PLACES}d}"
    return f"{sign}{whole}.{places[:_LEAST_PLACES]}{places[_LEAST_PLACES:].rstrip('0')}"
