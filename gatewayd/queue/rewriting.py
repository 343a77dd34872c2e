"""How networks rewrite a recipient's number on its way back in a status report. Pure.

A message goes to ``+34600123456``; its report speaks of ``34600123456``, ``0034600123456``, ``600123456`` or
``0600123456``, as the service centre, a gateway between networks or the home network likes it. All the ways are
written out and compared as a whole: a mere suffix would also take one country's number for another's.
"""

from __future__ import annotations

import functools
from typing import Final

#: What is dialled before a number of another country: Europe and most others, North America, Australia, Japan,
#: the former Soviet Union.
_INTERNATIONAL: Final = ("", "0", "00", "011", "0011", "010", "810")
#: What is dialled before a number of another area of the same country (nothing, 0, Russia's 8, Hungary's 06).
_TRUNK: Final = ("", "0", "8", "06")
#: Digits of country codes (ITU-T E.164 §6.1).
_COUNTRY_CODES: Final = (1, 2, 3)
#: Shorter numbers are short codes, which nobody rewrites.
_LEAST_DIGITS: Final = 7
#: So many last digits are the same in all the ways: what is left of the shortest number without its country code.
_LAST_DIGITS: Final = _LEAST_DIGITS - max(_COUNTRY_CODES)


def same_number(written: str, recipient: str) -> bool:
    """Whether ``written``, as a network wrote it, can be ``recipient`` (E.164, or a short code's digits)."""
    digits = written.removeprefix("+")
    return digits in _ways_to_write(recipient.removeprefix("+"))


def tail(written: str) -> str:
    """What any recipient that ``written`` can be ends in: for looking for them."""
    return written[-_LAST_DIGITS:]


@functools.lru_cache(maxsize=4096)
def _ways_to_write(digits: str) -> frozenset[str]:
    if len(digits) < _LEAST_DIGITS:
        return frozenset({digits})
    ways = {prefix + digits for prefix in _INTERNATIONAL}
    for length in _COUNTRY_CODES:
        country, national = digits[:length], digits[length:]
        ways |= {prefix + national for prefix in _TRUNK}
        # "+49 (0)171 …", with the zero left in.
        ways |= {prefix + country + "0" + national for prefix in _INTERNATIONAL}
        # Where numbers themselves begin with 0, as in Italy, some networks take it for a trunk prefix.
        ways.add(national.lstrip("0"))
    return frozenset(ways)
