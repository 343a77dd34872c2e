"""`/v1/templates`: texts that are written once and filled in for each message."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response, no_content
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body, read_query
from gatewayd.api.versions import IF_MATCH, STALE, version_tag, wanted_version
from gatewayd.api.wire.template import (
    RenderedOut,
    RenderIn,
    TemplateIn,
    TemplateOut,
    TemplateQuery,
    TemplatesOut,
    TryOutIn,
    VersionQuery,
    rendered_out,
    template_out,
    templates_out,
)
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.sms.characters import unsendable
from gatewayd.templates.service import channel_of
from gatewayd.templates.view import Channel, Place, Rendered

_MISSING = {404: "There is no such template."}
_ONE = "/v1/templates/{kind}/{channel}/{language}"


def _place(call: Call) -> Place:
    return Place(call.path["kind"], channel_of(call.path["channel"]), call.path["language"])


async def list_templates(call: Call) -> Response:
    """Answer with the templates in force."""
    asked = read_query(call.request, TemplateQuery)
    channel = None if asked.channel is None else Channel(asked.channel)
    found = await call.services.templates.find_all(kind=asked.kind, channel=channel, language=asked.language)
    return json_response(templates_out(found))


async def show_template(call: Call) -> Response:
    """Answer with one template."""
    asked = read_query(call.request, VersionQuery)
    view = await call.services.templates.find(_place(call), asked.version)
    return json_response(template_out(view), headers=version_tag(view.version))


async def list_template_versions(call: Call) -> Response:
    """Answer with every version of a template."""
    return json_response(templates_out(await call.services.templates.versions(_place(call))))


async def put_template(call: Call) -> Response:
    """Save a template in a new version."""
    asked = await read_body(call, TemplateIn)
    view, new = await call.services.templates.put(
        _place(call),
        asked.draft(),
        version=wanted_version(call.request),
        actor=call.principal.actor,
    )
    return json_response(template_out(view), 201 if new else 200, version_tag(view.version))


async def delete_template(call: Call) -> Response:
    """Take a template out of use."""
    await call.services.templates.delete(
        _place(call), version=wanted_version(call.request), actor=call.principal.actor
    )
    return no_content()


async def render_template(call: Call) -> Response:
    """Fill in a saved template."""
    asked = await read_body(call, RenderIn)
    place = _place(call)
    made = await call.services.templates.render(place.kind, place.channel, place.language, asked.fields)
    return _rendered(call, made, place.channel)


async def try_out_template(call: Call) -> Response:
    """Fill in a template that isn't saved."""
    asked = await read_body(call, TryOutIn)
    place = Place(asked.kind, Channel(asked.channel), asked.language)
    made = call.services.templates.try_out(place, asked.draft(), asked.values)
    return _rendered(call, made, place.channel)


def _rendered(call: Call, made: Rendered, channel: Channel) -> Response:
    if channel is Channel.MAIL:
        return json_response(rendered_out(made, None))
    if bad := unsendable(made.text):
        words = f"comes out with characters that no text message can carry: {bad[0]}"
        raise InvalidRequest([FieldError("body", "unsendable", words)])
    return json_response(rendered_out(made, call.services.queue.measure(made.text)))


OPERATIONS = (
    Operation(
        "GET",
        "/v1/templates",
        list_templates,
        "List the templates",
        {200: Answer("By kind, channel and language.", TemplatesOut)},
        scope=Scope.READ,
        query=TemplateQuery,
    ),
    Operation(
        "POST",
        "/v1/templates/render",
        try_out_template,
        "Try out a template that isn't saved",
        {200: Answer("What it would say.", RenderedOut)},
        scope=Scope.READ,
        body={"application/json": TryOutIn},
    ),
    Operation(
        "GET",
        _ONE,
        show_template,
        "Show a template",
        {200: Answer("The version in force, or the one asked for; `ETag` names it.", TemplateOut)},
        scope=Scope.READ,
        query=VersionQuery,
        problems=_MISSING,
    ),
    Operation(
        "PUT",
        _ONE,
        put_template,
        "Save a template in a new version",
        {
            201: Answer("There was none before.", TemplateOut),
            200: Answer("The new version, or the old one where nothing is different.", TemplateOut),
        },
        description="Messages and batches that were made with an older version stay as they are.",
        scope=Scope.ADMIN,
        body={"application/json": TemplateIn},
        headers=IF_MATCH,
        problems=_MISSING | STALE,
    ),
    Operation(
        "DELETE",
        _ONE,
        delete_template,
        "Take a template out of use; its versions stay",
        {204: Answer("It can't be used any more.")},
        scope=Scope.ADMIN,
        headers=IF_MATCH,
        problems=_MISSING | STALE,
    ),
    Operation(
        "GET",
        f"{_ONE}/versions",
        list_template_versions,
        "List every version of a template, newest first",
        {200: Answer("Of a deleted one too.", TemplatesOut)},
        scope=Scope.READ,
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ONE}/render",
        render_template,
        "Fill in a template",
        {
            200: Answer(
                "What it says; in the next best language where it is not there in this one.", RenderedOut
            )
        },
        scope=Scope.READ,
        body={"application/json": RenderIn},
        problems=_MISSING,
    ),
)
