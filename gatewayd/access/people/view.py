"""What others may know of people and their sessions. Plain shapes; never a hash, a secret or a password."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gatewayd.access.roles import Permission, Role
from gatewayd.access.scopes import Principal

#: What the pages can be read in; the first is who says nothing else.
LANGUAGES: Final = ("en", "pt-BR", "es", "ca", "pl")


class Duty(enum.StrEnum):
    """What somebody has to put right before anything else is allowed."""

    PASSWORD = "password"  # noqa: S105 - the name of a duty
    """Choose a password: another person knows the present one."""
    SECOND_FACTOR = "second_factor"
    """Set up a second factor: one of their roles needs it (``[people] second_factor_roles``)."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person."""

    id: int
    name: str
    """What they sign in with, in lower case."""
    display_name: str
    language: str
    email: str | None
    roles: tuple[Role, ...]
    """In the order of ``Role``."""
    disabled: bool
    created_at: datetime
    signed_in_at: datetime | None
    """When last; None: never."""
    second_factor: bool
    temporary: bool
    """Whether somebody else set the password, so that it is to be changed at the next sign-in."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person that somebody wants to add."""

    name: str
    password: str = field(repr=False)
    roles: tuple[Role, ...]
    display_name: str = ""
    """Left out: the name."""
    language: str = LANGUAGES[0]
    email: str | None = None
    temporary: bool = True
    """Whether the password is to be changed at the first sign-in, because somebody else chose it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody says of themselves."""

    display_name: str
    language: str
    email: str | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session at the moment of a request."""

    id: int
    person: PersonView
    principal: Principal
    """Without any permission while there are ``duties``."""
    csrf: str = field(repr=False)
    """What each form of this session carries."""
    created_at: datetime
    seen_at: datetime
    fresh: bool
    """Whether the password was given a moment ago (``[people] proof_lifetime``)."""
    duties: tuple[Duty, ...]
    address: str
    agent: str

    @property
    def permissions(self) -> frozenset[Permission]:
        """What may be done now."""
        return self.principal.person.permissions if self.principal.person else frozenset()


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session in somebody's own list."""

    id: int
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str
    current: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session."""

    session_token: str = field(repr=False)
    """For the cookie; nowhere else, and it can't be had again."""
    csrf: str = field(repr=False)
    principal: Principal
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that is being set up."""

    secret: str = field(repr=False)
    """In base32, for typing in."""
    uri: str = field(repr=False)
    """``otpauth://…``, for a QR code."""


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A way in without the password, once."""

    secret: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FirstStart:
    """The way in while there is nobody."""

    secret: str = field(repr=False)
    expires_at: datetime
