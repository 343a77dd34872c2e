"""People: what comes in and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, SecretStr
from typing_extensions import TypedDict

from gatewayd.access.people.view import LANGUAGES, NewPerson, PersonView
from gatewayd.access.roles import Role
from gatewayd.api.wire.types import Incoming, Reason

RoleName = Literal["viewer", "attendant", "operator", "approver", "admin"]
LanguageName = Literal["en", "pt-BR", "es", "ca", "pl"]

_ROLES = (
    "`viewer` (see everything but secrets), `attendant` (and send single messages), `operator` (and send again, "
    "settle, cancel, pause modems, batches), `approver` (see, and approve batches), `admin` (everything)."
)
_PASSWORD = "At least 12 characters; none that is among the first to be guessed."  # noqa: S105 - words about one
_TEMPORARY = "Whether it has to be changed at the next sign-in, since more than its owner knows it."


class PersonIn(Incoming):
    """A new person."""

    name: str = Field(
        description="What they sign in with: 1 to 64 of a-z, 0-9, `.`, `_`, `-`; case doesn't count."
    )
    password: SecretStr = Field(description=_PASSWORD)
    roles: list[RoleName] = Field(min_length=1, description=_ROLES)
    display_name: str = Field("", description="What the pages call them; left out: the name.")
    language: LanguageName = Field(LANGUAGES[0], description="What the pages speak to them.")
    email: str | None = Field(None, description="Where they can be written to.")
    temporary: bool = Field(True, description=_TEMPORARY)

    def request(self) -> NewPerson:
        """Return it as the domain takes it."""
        return NewPerson(
            name=self.name,
            password=self.password.get_secret_value(),
            roles=roles_of(self.roles),
            display_name=self.display_name,
            language=self.language,
            email=self.email,
            temporary=self.temporary,
        )


class RolesIn(Incoming):
    """What somebody is from now on."""

    roles: list[RoleName] = Field(min_length=1, description=_ROLES)
    reason: Reason


class PasswordIn(Incoming):
    """A new password for somebody."""

    password: SecretStr = Field(description=_PASSWORD)
    temporary: bool = Field(True, description=_TEMPORARY)
    reason: Reason


class PersonOut(TypedDict):
    """A person."""

    name: str
    display_name: str
    language: LanguageName
    email: str | None
    roles: list[RoleName]
    disabled: bool
    created_at: datetime
    signed_in_at: datetime | None
    second_factor: bool
    temporary: bool


class PeopleOut(TypedDict):
    """All people by name."""

    people: list[PersonOut]


class SignedOutOut(TypedDict):
    """What became of somebody's sessions."""

    sessions_ended: int


class SignInLinkOut(TypedDict):
    """A way in without the password, once."""

    path: str
    expires_at: datetime


def roles_of(names: list[RoleName]) -> tuple[Role, ...]:
    """Return roles as the domain takes them."""
    return tuple(Role(name) for name in names)


def person_out(view: PersonView) -> PersonOut:
    """Write down a person."""
    language: LanguageName = view.language  # type: ignore[assignment] # checked when it was stored
    return {
        "name": view.name,
        "display_name": view.display_name,
        "language": language,
        "email": view.email,
        "roles": [role.value for role in view.roles],
        "disabled": view.disabled,
        "created_at": view.created_at,
        "signed_in_at": view.signed_in_at,
        "second_factor": view.second_factor,
        "temporary": view.temporary,
    }
