"""Numbers as other gateways' clients write them: often international, but without ``+``."""

from __future__ import annotations

from gatewayd import phone


def dialled(number: str, region: str) -> str:
    """Return ``number`` as the queue understands it.

    What is a number of ``region`` (ISO 3166, or ``ZZ``: none) stays as it is; other digits that make a number only
    with ``+`` in front get it. What is no number either way stays too: the queue says what is wrong with it.
    """
    digits = number.strip()
    if not (digits.isascii() and digits.isdigit()) or _is_number(digits, region):
        return number
    return f"+{digits}" if _is_number(f"+{digits}", region) else number


def _is_number(text: str, region: str) -> bool:
    try:
        phone.parse(text, region)
    except phone.PhoneError:
        return False
    return True
