"""`/openapi.json`: the route table as an OpenAPI 3.1 document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NotRequired

from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from gatewayd import __version__
from gatewayd.access.scopes import Scope
from gatewayd.api.operation import Dialect, Operation
from gatewayd.api.wire.receipt_out import FieldErrorOut


class ProblemOut(TypedDict):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    """A word that never changes."""
    detail: NotRequired[str]
    errors: NotRequired[list[FieldErrorOut]]
    """Every wrong field."""


_Mode = Literal["validation", "serialization"]
_Key = tuple[Any, _Mode]
_PARAMETER = re.compile(r"{(\w+)}")
_PROBLEM = "application/problem+json"

_OF_SCOPE = {
    401: "`unauthenticated`: there is no valid token.",
    403: "`scope_required`: the token doesn't allow this.",
    429: "`rate_limited`: the client makes too many requests; `Retry-After` says when the next is answered.",
}
_OF_BODY = {
    400: "`bad_json`: the body is not JSON.",
    413: "`too_large`: the body is too large.",
    415: "`wrong_media_type`: the body's `Content-Type` is another than those above.",
}
_OF_CURSOR = "`bad_cursor`: the cursor is none that was handed out."
_OF_INPUT = {422: "`invalid`: some fields, parameters or headers are wrong; `errors` names each of them."}


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the document for ``operations``."""
    rows = list(operations)
    schemas = _Schemas(rows)
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gatewayd",
            "version": __version__,
            "description": "An SMS gateway: a durable, paced queue in front of modems.",
        },
        "tags": [{"name": name} for name in dict.fromkeys(_tag(row) for row in rows)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": _security_schemes(rows),
        },
    }


def _security_schemes(rows: list[Operation]) -> dict[str, Any]:
    schemes: dict[str, Any] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made by `gatewayd token create`. Its scopes are among "
            + ", ".join(f"`{scope}`" for scope in Scope)
            + ". On the Unix socket root and the daemon's own user need none.",
        }
    }
    for row in rows:
        if row.dialect is not None:
            schemes = {**row.dialect.security, **schemes}
    return schemes


class _Schemas:
    """The JSON schemas of all shapes, with what they share under ``components``."""

    def __init__(self, rows: list[Operation]) -> None:
        shapes = list(dict.fromkeys(key for row in rows for key in _shapes(row)))
        inputs = [(position, mode, TypeAdapter(shape)) for position, (shape, mode) in enumerate(shapes)]
        found, shared = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
        self._found = {shapes[position]: schema for (position, _), schema in found.items()}
        self.components: dict[str, Any] = shared.get("$defs", {})

    def of(self, shape: Any, mode: _Mode) -> dict[str, Any]:
        return self._found[shape, mode]


def _shapes(row: Operation) -> Iterator[_Key]:
    yield ProblemOut, "serialization"
    if row.dialect is not None and row.dialect.failure is not None:
        yield row.dialect.failure, "serialization"
    for shape in row.body.values():
        yield shape, "validation"
    for answer in row.answers.values():
        if answer.shape is not None:
            yield answer.shape, "serialization"


def _operation(row: Operation, schemas: _Schemas) -> dict[str, Any]:
    needs = f"Needs a token with the scope `{row.scope}`." if row.scope else "Open to all."
    out: dict[str, Any] = {
        "operationId": row.handler.__name__ if row.method == "GET" else _operation_id(row),
        "tags": [_tag(row)],
        "summary": row.summary,
        "description": f"{row.description} {needs}".strip(),
        "parameters": list(_parameters(row)),
        "responses": _responses(row, schemas),
    }
    if row.scope:
        names = ["token"] if row.dialect is None else list(row.dialect.security)
        out["security"] = [{name: []} for name in names]
    if row.body:
        content = {media: {"schema": schemas.of(shape, "validation")} for media, shape in row.body.items()}
        out["requestBody"] = {"required": True, "content": content}
    return out


def _tag(row: Operation) -> str:
    """The group in which viewers of the document show an operation."""
    if row.dialect is not None:
        return "other gateways' APIs"
    resource = re.match(r"/v1/([a-z-]+)", row.path)
    return "service" if resource is None else resource[1]


def _operation_id(row: Operation) -> str:
    words = re.findall(r"\w+", row.path.removeprefix("/v1"))
    return "_".join([row.method.lower(), *words])


def _parameters(row: Operation) -> Iterator[dict[str, Any]]:
    for name in _PARAMETER.findall(row.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if row.query is not None:
        yield from _query_parameters(row.query)
    for name, words in row.headers.items():
        yield {"name": name, "in": "header", "description": words, "schema": {"type": "string"}}


def _query_parameters(model: type[BaseModel]) -> Iterator[dict[str, Any]]:
    schema = model.model_json_schema()
    for name, described in schema["properties"].items():
        inner = {key: value for key, value in described.items() if key not in ("description", "title")}
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": described.get("description", ""),
            "schema": inner,
        }


def _responses(row: Operation, schemas: _Schemas) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for status, answer in row.answers.items():
        out[str(status)] = {"description": answer.description}
        content: dict[str, Any] = {}
        if answer.shape is not None:
            content[answer.media_type] = {"schema": schemas.of(answer.shape, "serialization")}
        elif answer.media_type != "application/json":
            content[answer.media_type] = {"schema": {"type": "string"}}
        for media_type, words in answer.also.items():
            content[media_type] = {"schema": {"type": "string", "description": words}}
        if content:
            out[str(status)]["content"] = content
    if row.dialect is not None:
        return out | _failures(row, row.dialect, schemas)
    for status, words in sorted(_problems(row).items()):
        out[str(status)] = _problem(words, schemas)
    out["default"] = _problem("Any other failure; `code` names it.", schemas)
    return out


def _failures(row: Operation, dialect: Dialect, schemas: _Schemas) -> dict[str, Any]:
    """The failures of a call that others designed: those that its row names, in their shape."""
    schema = {"type": "string"} if dialect.failure is None else schemas.of(dialect.failure, "serialization")
    media_type = "text/plain" if dialect.failure is None else "application/json"
    content = {"content": {media_type: {"schema": schema}}}
    found = {str(status): {"description": words} | content for status, words in sorted(row.problems.items())}
    return found | {"default": {"description": "Any other failure."} | content}


def _problem(words: str, schemas: _Schemas) -> dict[str, Any]:
    return {"description": words, "content": {_PROBLEM: {"schema": schemas.of(ProblemOut, "serialization")}}}


def _problems(row: Operation) -> dict[int, str]:
    found = dict(row.problems)
    if row.scope:
        found = _OF_SCOPE | found
    if row.body:
        found |= _OF_BODY
    if row.body or row.query or row.headers:
        found |= _OF_INPUT
    if row.query is not None and "cursor" in row.query.model_fields:
        found.setdefault(400, _OF_CURSOR)
    return found
