"""Which names and passwords are taken. Pure.

Length is what counts, and that a guesser's list doesn't begin with it (NIST SP 800-63B §3.1.1.2, ASVS 5.0 6.2): no
rules on kinds of characters, no change without a reason.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from gatewayd.access.people.view import LANGUAGES, NewPerson, Profile
from gatewayd.access.roles import Role
from gatewayd.errors import FieldError

SHORTEST: Final = 12  # characters
LONGEST: Final = 200  # characters; a pass phrase fits, and hashing takes no longer for an attacker's megabyte
NAME_LENGTH: Final = 64
_FEWEST_DIFFERENT: Final = 5  # characters; below: aaaaaaaaaaaa, 121212121212

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_EMAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,180}")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)


def normal_name(name: str) -> str:
    """Return a name as it is stored and compared: without case, so that nobody is a double of somebody else."""
    return _whole(name).strip().casefold()


def normal_password(password: str) -> str:
    """Return a password as it is hashed: in one form, however a keyboard composes its accents (SP 800-63B)."""
    return _whole(password)


def _whole(text: str) -> str:
    """Text in its normal form; halves of characters, which no keyboard makes, can be neither stored nor hashed."""
    return unicodedata.normalize("NFKC", text.encode(errors="replace").decode())


def password_errors(password: str, *, name: str, field: str = "password") -> list[FieldError]:
    """Return what is wrong with a password that ``name`` is to have; at most one thing."""
    text = normal_password(password)
    if len(text) < SHORTEST:
        return [FieldError(field, "too_short", f"must have at least {SHORTEST} characters")]
    if len(text) > LONGEST:
        return [FieldError(field, "too_long", f"must have at most {LONGEST} characters")]
    if _is_common(text.casefold(), name):
        words = (
            "is among the first that a guesser tries: take some words that have nothing to do with each other"
        )
        return [FieldError(field, "common", words)]
    return []


def person_errors(asked: NewPerson) -> list[FieldError]:
    """Return everything that is wrong with a person to be added; names are given in their normal form."""
    errors = []
    if not _NAME.fullmatch(asked.name):
        words = (
            f"must be 1 to {NAME_LENGTH} of a-z, 0-9, '.', '_' and '-', with a letter or digit at both ends"
        )
        errors.append(FieldError("name", "format", words))
    errors += profile_errors(Profile(asked.display_name, asked.language, asked.email))
    errors += role_errors(asked.roles)
    return errors + password_errors(asked.password, name=asked.name)


def profile_errors(asked: Profile) -> list[FieldError]:
    """Return what is wrong with what somebody says of themselves."""
    errors = []
    shown = asked.display_name
    if len(shown) > 100 or not shown.isprintable() or shown != shown.strip():
        words = "must be up to 100 printable characters, without spaces around"
        errors.append(FieldError("display_name", "format", words))
    if asked.language not in LANGUAGES:
        errors.append(FieldError("language", "choice", f"must be one of {', '.join(LANGUAGES)}"))
    if asked.email is not None and not _EMAIL.fullmatch(asked.email):
        errors.append(FieldError("email", "format", "must be an e-mail address such as ana@example.org"))
    return errors


def role_errors(roles: tuple[Role, ...]) -> list[FieldError]:
    """Return what is wrong with somebody's roles."""
    return [] if roles else [FieldError("roles", "required", f"give at least one of {', '.join(Role)}")]


def _is_common(text: str, name: str) -> bool:
    core = re.sub(r"[\W\d_]+", "", text)
    return (
        len(set(text)) < _FEWEST_DIFFERENT
        or _is_of_words(text, name)
        or _is_of_words(re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text), name)
        or _is_of_words(core, name)
        or any(_runs_along(text, row) for row in _ROWS)
    )


@cache
def _words() -> tuple[str, ...]:
    """What people in our five languages build a password of when they must: with digits around it is no secret."""
    return tuple(files(__package__).joinpath("common.txt").read_text("utf-8").split())


def _is_of_words(text: str, name: str) -> bool:
    """Whether nothing is left of it, or nearly, without the words that everybody thinks of and its owner's name."""
    if not text:
        return True
    pieces = [word for word in (*_words(), *re.split(r"[._-]", name), name) if len(word) > 2]
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, "")
    return len(re.sub(r"[\W\d_]", "", text)) < 3


def _runs_along(text: str, row: str) -> bool:
    """Whether it is made of long steps along the keyboard or the alphabet, in either direction."""
    there_and_back = {row[i : i + 4] for i in range(len(row) - 3)}
    there_and_back |= {piece[::-1] for piece in there_and_back}
    inside = sum(text[i : i + 4] in there_and_back for i in range(len(text) - 3))
    return inside >= (len(text) - 3) * 0.6
