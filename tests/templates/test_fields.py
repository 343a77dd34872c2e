"""Typed fields: what is read, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from gatewayd.templates.fields import Field, FieldType, definition_errors, read, read_all


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        (FieldType.TEXT, " Ana ", "Ana"),
        (FieldType.TEXT, 12, "12"),
        (FieldType.NUMBER, "1234.50", Decimal("1234.50")),
        (FieldType.NUMBER, -3, Decimal(-3)),
        (FieldType.NUMBER, 0.1, Decimal("0.1")),
        (FieldType.DATE, "2026-12-31", date(2026, 12, 31)),
        (FieldType.DATETIME, "2026-12-31T18:00:00-03:00", datetime(2026, 12, 31, 21, 0, tzinfo=UTC)),
        (FieldType.PHONE, "+34 600 00 00 01", "+34600000001"),
        (FieldType.PHONE, "600000001", "+34600000001"),
        (FieldType.CHOICE, "yes", "yes"),
    ],
)
def test_value_of_its_type_is_read(type_: FieldType, raw: object, value: object) -> None:
    field = Field("x", type_, choices=("yes", "no"))
    assert read(field, raw, "x", "ES") == (value, [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("type_", "raw", "code"),
    [
        (FieldType.TEXT, None, "required"),
        (FieldType.TEXT, "   ", "required"),
        (FieldType.TEXT, "x" * 161, "too_long"),
        (FieldType.TEXT, True, "type"),
        (FieldType.NUMBER, "5.000.000", "format"),
        (FieldType.NUMBER, "1,5", "format"),
        (FieldType.NUMBER, "five", "format"),
        (FieldType.NUMBER, "1e999", "format"),
        (FieldType.DATE, "31/12/2026", "format"),
        (FieldType.DATE, "2026-02-31", "range"),
        (FieldType.DATETIME, "2026-12-31T18:00:00", "format"),
        (FieldType.DATETIME, "2026-12-31T25:00:00Z", "range"),
        (FieldType.PHONE, "12", "not_a_number"),
        (FieldType.CHOICE, "maybe", "choice"),
    ],
)
def test_value_of_another_form_is_refused(type_: FieldType, raw: object, code: str) -> None:
    field = Field("x", type_, choices=("yes", "no"))
    _, errors = read(field, raw, "fields.x", "ES")  # type: ignore[arg-type]
    assert [error.field for error in errors] == ["fields.x"]
    if type_ is not FieldType.PHONE:  # whose codes are phone's
        assert errors[0].code == code


def test_optional_field_that_is_left_out_is_empty() -> None:
    assert read(Field("x", FieldType.DATE, required=False), None, "x", "ZZ") == ("", [])


def test_every_wrong_field_is_named_at_once_and_unknown_ones_too() -> None:
    fields = [Field("name"), Field("due", FieldType.DATE)]
    _, errors = read_all(fields, {"due": "soon", "nmae": "Ana"}, "ZZ")
    assert [(error.field, error.code) for error in errors] == [
        ("fields.name", "required"),
        ("fields.due", "format"),
        ("fields.nmae", "unknown_key"),
    ]


def test_definitions_are_checked_with_their_position() -> None:
    fields = [
        Field("name"),
        Field("name"),
        Field("2nd"),
        Field("loop"),
        Field("a", max_length=0),
        Field("b", FieldType.CHOICE),
        Field("c", choices=("x",)),
        Field("d", FieldType.DATE, example="tomorrow"),
    ]
    assert [error.field for error in definition_errors(fields, "ZZ")] == [
        "fields.1.name",
        "fields.2.name",
        "fields.3.name",
        "fields.4.max_length",
        "fields.5.choices",
        "fields.6.choices",
        "fields.7.example",
    ]
