"""Reads what every call has: parameters after the question mark, and small JSON bodies."""

from __future__ import annotations

import functools
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from gatewayd.api.operation import Call
from gatewayd.api.wire.explain import field_errors, not_json
from gatewayd.api.wire.keys import require_unique_keys
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http import bodies
from gatewayd.http.problems import BadJson

M = TypeVar("M", bound=BaseModel)


def read_query(request: Request, model: type[M]) -> M:
    """Read the parameters. Raises InvalidRequest: unknown ones, wrong values, and any that is given twice."""
    if not request.scope["query_string"] and not _needs_any(model):
        return model.model_construct()
    values: dict[str, Any] = {}
    twice: list[FieldError] = []
    for name, value in request.query_params.multi_items():
        if _is_list(model, name):
            values.setdefault(name, []).extend(value.split(","))
        elif name in values:
            twice.append(FieldError(name, "repeated", "must be given once"))
        else:
            values[name] = value
    try:
        found = model.model_validate(values)
    except ValidationError as error:
        raise InvalidRequest(field_errors(error, model) + twice) from None
    if twice:
        raise InvalidRequest(twice)
    return found


async def read_body(call: Call, model: type[M]) -> M:
    """Read one JSON object. Raises BadJson, InvalidRequest with every wrong field, TooLarge and WrongMediaType."""
    body = await bodies.read_body(call.request, limit=call.services.settings.body_limit)
    return parse_body(body.octets, model)


def parse_body(octets: bytes, model: type[M]) -> M:
    """Understand a body that is one JSON object. Raises BadJson, and InvalidRequest with every wrong field."""
    require_unique_keys(octets)
    try:
        return model.model_validate_json(octets)
    except ValidationError as error:
        if words := not_json(error):
            raise BadJson(words) from None
        raise InvalidRequest(field_errors(error, model)) from None


@functools.cache
def _needs_any(model: type[BaseModel]) -> bool:
    return any(field.is_required() for field in model.model_fields.values())


def _is_list(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and get_origin(field.annotation) is list
