"""Which names and passwords are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.access.people import policy
from gatewayd.access.people.view import NewPerson
from gatewayd.access.roles import Role


def codes(password: str, name: str = "ana") -> list[str]:
    return [error.code for error in policy.password_errors(password, name=name)]


@pytest.mark.parametrize(
    "password",
    [
        "violet otter lantern",
        "Tr0ub4dor&3-extra",
        "korytarz-zielony-żubr",
        "coração de maracujá",
        "k7#Qz!m2Wp$x",
        "ana likes violet otters",
        "длинный пароль тут",
        "x" * 8 + "yzwvutab" * 2,
    ],
)
def test_password_that_nobody_guesses_first_is_taken(password: str) -> None:
    assert codes(password) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "too_short"),
        ("elevenchars", "too_short"),
        ("x1" * 101, "too_long"),
        ("aaaaaaaaaaaa", "common"),
        ("121212121212", "common"),
        ("Password2026!", "common"),
        ("passwordpassword", "common"),
        ("senha1234567", "common"),
        ("Contraseña_2026", "common"),
        ("hasło hasło 1", "common"),
        ("administrator", "common"),
        ("gatewayd-2026", "common"),
        ("abcdefghijkl", "common"),
        ("qwertyuiop12", "common"),
        ("123456789012", "common"),
        ("poiuytrewq98", "common"),
        ("1qaz2wsx3edc", "common"),
        ("2026-2026-2026-7", "common"),
        ("ana.ana.ana.1", "common"),
    ],
)
def test_password_that_is_guessed_first_is_refused(password: str, code: str) -> None:
    assert codes(password) == [code]


def test_password_made_of_its_owners_name_is_refused() -> None:
    assert codes("joao.carvalho1", name="joao.carvalho") == ["common"]
    assert codes("joao.carvalho1", name="ana") == []


def test_password_is_one_however_its_accents_are_composed() -> None:
    assert policy.normal_password("senh\u00e3o") == policy.normal_password("senha\u0303o")


@pytest.mark.parametrize("name", ["ana", "a", "rui.costa", "op-2", "x_y", "a" * 64])
def test_name_that_fits_a_path_is_taken(name: str) -> None:
    assert policy.person_errors(NewPerson(name, "violet otter lantern", (Role.VIEWER,))) == []


@pytest.mark.parametrize("name", ["", ".ana", "ana.", "a/b", "a b", "joão", "a" * 65, "ana\n", "?"])
def test_name_that_does_not_is_refused(name: str) -> None:
    errors = policy.person_errors(NewPerson(name, "violet otter lantern", (Role.VIEWER,)))

    assert [(error.field, error.code) for error in errors] == [("name", "format")]


def test_every_wrong_field_is_named() -> None:
    asked = NewPerson("a b", "short", (), display_name=" x", language="la", email="@")

    assert [error.field for error in policy.person_errors(asked)] == [
        "name",
        "display_name",
        "language",
        "email",
        "roles",
        "password",
    ]


@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=80))
def test_whatever_is_typed_is_judged_and_can_be_stored(password: str, name: str) -> None:
    errors = policy.person_errors(NewPerson(policy.normal_name(name), password, (Role.VIEWER,)))

    assert {error.field for error in errors} <= {"name", "password"}
    policy.normal_name(name).encode()
    policy.normal_password(password).encode()
