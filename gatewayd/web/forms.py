"""Forms: what was typed stays, whatever is wrong with it, and each error stands beside its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gatewayd.errors import InvalidRequest
from gatewayd.http.problems import TooLarge
from gatewayd.web.faults import explain

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from gatewayd.web.page import Visit

#: Octets of a form without files: far more than any of ours can hold.
_MOST: Final = 256 * 1024
_MOST_FIELDS: Final = 200


@dataclass
class Form:
    """The fields of one form, as typed or as preset."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    """What is wrong, by field, in the visitor's language."""
    problem: str = ""
    """What is wrong with the whole."""

    def get(self, name: str) -> str:
        """What stands in the field ``name``; nothing where it was not there."""
        return self.values.get(name, "")

    def take(self, visit: Visit, invalid: InvalidRequest, *, fields: Iterable[str], rest: str = "") -> None:
        """Put the domain's errors beside their fields.

        Args:
            visit: whose language is spoken.
            invalid: what the domain said.
            fields: the form's own; what belongs to none of them goes to ``rest``, or above the form.
            rest: the field for what has none.
        """
        known = set(fields)
        for error in invalid.errors:
            text = explain(visit.formats.tongue, error)
            name = error.field.split(".")[0].split("[")[0]
            if name in known:
                self.errors.setdefault(name, text)
            elif rest:
                self.errors.setdefault(rest, text)
            else:
                self.problem = f"{self.problem} {text}".strip()


async def read_form(request: Request, *, upload: int = 0) -> FormData:
    """The fields of an ``application/x-www-form-urlencoded`` or multipart request; read once, however often asked for.

    ``upload``: the most octets of the one file that it may bring; 0: none. Raises TooLarge.
    """
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MOST + upload:
        raise TooLarge(f"a form may have {_MOST + upload:,} octets")
    return await request.form(max_files=1 if upload else 0, max_fields=_MOST_FIELDS, max_part_size=_MOST)


async def form_of(request: Request) -> Form:
    """A form as it was sent, without its files."""
    data = await read_form(request)
    return Form({name: value for name, value in data.items() if isinstance(value, str)})
