"""Complaints that say what would be right."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gatewayd.api.wire.access import TokenIn
from gatewayd.api.wire.explain import field_errors
from gatewayd.api.wire.message_in import MessageIn
from gatewayd.api.wire.query import MessageQuery
from gatewayd.api.wire.types import Incoming

HELLO = {"to": "+34600123456", "text": "Hello"}


def complaints(model: type[Incoming], value: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as raised:
        model.model_validate(value)
    return {error.field: f"{error.code}: {error.message}" for error in field_errors(raised.value, model)}


@pytest.mark.parametrize(
    ("model", "value", "expected"),
    [
        (MessageIn, {"text": "x"}, {"to": "required: is required"}),
        (MessageIn, HELLO | {"txet": 1}, {"txet": "unknown_key: there is no such key; did you mean 'text'?"}),
        (MessageIn, HELLO | {"text": 1}, {"text": "type: must be text"}),
        (MessageIn, HELLO | {"flash": 1}, {"flash": "type: must be true or false"}),
        (MessageIn, HELLO | {"type": ""}, {"type": "required: must not be empty"}),
        (
            MessageIn,
            HELLO | {"reference": "x" * 101},
            {"reference": "too_long: must have at most 100 characters"},
        ),
        (MessageIn, HELLO | {"to": ["x"] * 1001}, {"to": "too_many: must have at most 1000 entries"}),
        (MessageIn, HELLO | {"to": ["x", None]}, {"to.1": "type: must be text"}),
        (MessageIn, HELLO | {"order": "any"}, {"order": "choice: must be 'relaxed' or 'strict'"}),
        (
            MessageIn,
            HELLO | {"send_at": "tomorrow"},
            {"send_at": "format: must be a date and time such as 2026-01-31T08:00:00+01:00"},
        ),
        (MessageIn, [], {"": "type: must be a JSON object"}),
        (TokenIn, {"client": "x", "scopes": "read"}, {"scopes": "type: must be a list"}),
        (MessageQuery, {"limit": "x"}, {"limit": "type: must be a whole number"}),
        (MessageQuery, {"limit": "0"}, {"limit": "range: must be at least 1"}),
        (MessageQuery, {"limit": "1" + "0" * 5000}, {"limit": "range: is too large a number"}),
    ],
)
def test_complaint_names_the_field_and_what_would_be_right(
    model: type[Incoming], value: Any, expected: dict[str, str]
) -> None:
    assert complaints(model, value) == expected


def test_key_like_no_other_is_answered_with_all_that_there_are() -> None:
    assert complaints(MessageIn, HELLO | {"zzz": 1})["zzz"].endswith("in_doubt, order, secret")
