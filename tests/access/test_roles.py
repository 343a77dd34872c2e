"""What each role may do, and how that meets the scopes of tokens."""

from __future__ import annotations

import pytest

from gatewayd.access.roles import PERMISSIONS, Permission, Person, Role, permissions_of
from gatewayd.access.scopes import Principal, Scope, person_principal

#: The whole table once more, as an administrator reads it in docs/access.md.
MAY = {
    Role.VIEWER: "look",
    Role.ATTENDANT: "look send",
    Role.OPERATOR: "look send handle steer batch",
    Role.APPROVER: "look approve",
    Role.ADMIN: "look send handle steer batch approve manage",
}


def somebody(*roles: Role) -> Principal:
    person = Person(1, "ana", "Ana", "en", frozenset(roles), permissions_of(roles))
    return person_principal(7, "web", person)


def token(*scopes: Scope) -> Principal:
    return Principal(3, "shop", "4f1d00000000", frozenset(scopes), "client:shop/4f1d00000000")


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_role_has_exactly_its_permissions(role: Role, permission: Permission) -> None:
    assert somebody(role).can(permission) == (permission in MAY[role].split())


def test_every_role_has_a_row() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_roles_of_one_person_add_up() -> None:
    both = somebody(Role.ATTENDANT, Role.APPROVER)

    assert {each for each in Permission if both.can(each)} == {
        Permission.LOOK,
        Permission.SEND,
        Permission.APPROVE,
    }


@pytest.mark.parametrize("role", Role)
def test_person_sees_what_belongs_to_all_clients_and_sends_as_the_pages_client(role: Role) -> None:
    person = somebody(role)

    assert person.sees is None
    assert (person.client_id, person.client, person.token_id) == (7, "web", None)
    assert person.actor == "user:ana"


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        (Role.VIEWER, {Scope.READ, Scope.INBOX, Scope.METRICS}),
        (Role.ATTENDANT, {Scope.READ, Scope.INBOX, Scope.METRICS, Scope.SEND}),
        (Role.APPROVER, {Scope.READ, Scope.INBOX, Scope.METRICS}),
        (Role.ADMIN, set(Scope)),
    ],
)
def test_role_in_terms_of_scopes(role: Role, scopes: set[Scope]) -> None:
    assert {scope for scope in Scope if somebody(role).may(scope)} == scopes


def test_person_without_permissions_may_nothing_though_the_principal_has_no_token() -> None:
    nothing = person_principal(7, "web", Person(1, "ana", "Ana", "en", frozenset({Role.ADMIN}), frozenset()))

    assert not any(nothing.can(permission) for permission in Permission)
    assert not any(nothing.may(scope) for scope in Scope)


@pytest.mark.parametrize("scope", Scope)
def test_no_token_may_approve(scope: Scope) -> None:
    assert not token(scope).can(Permission.APPROVE)


def test_tokens_permissions_follow_from_its_scopes() -> None:
    assert {p for p in Permission if token(Scope.SEND).can(p)} == {
        Permission.SEND,
        Permission.HANDLE,
        Permission.BATCH,
    }
    assert {p for p in Permission if token(Scope.READ).can(p)} == {Permission.LOOK}
    assert {p for p in Permission if token(Scope.ADMIN).can(p)} == set(Permission) - {Permission.APPROVE}
    assert token(Scope.SEND).sees == 3


def test_administrator_of_the_machine_may_everything() -> None:
    local = Principal(1, "local", None, frozenset(Scope), "local:uid 0")

    assert all(local.can(permission) for permission in Permission)
