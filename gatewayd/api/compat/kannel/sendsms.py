"""`/cgi-bin/sendsms`: the call, its answers, and its row of the route table."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gatewayd.access.scopes import Principal, Scope
from gatewayd.access.service import Unauthenticated
from gatewayd.api.compat.credentials import client_with_token
from gatewayd.api.compat.forms import FORM, read_parameters
from gatewayd.api.compat.kannel.request import Rejected, drafts
from gatewayd.api.compat.statuses import headers_of, status_of
from gatewayd.api.guard import Forbidden
from gatewayd.api.operation import Answer, Call, Dialect, Operation, Services
from gatewayd.errors import GatewaydError, InvalidRequest, LimitReached, StorageFull
from gatewayd.http.problems import BadRequest

_PATH: Final = "/cgi-bin/sendsms"
#: Where ``identify`` leaves the parameters for the call itself: a body can be read once.
_PARAMETERS: Final = "gatewayd.kannel"

_ACCEPTED: Final = "0: Accepted for delivery"
_QUEUED: Final = "3: Queued for later delivery"
_UNAUTHORIZED: Final = "Authorization failed for sendsms"
_LATER: Final = "Temporal failure, try again later."


class _OnlyGetAndPost(BadRequest):
    """Sending takes GET or POST."""

    status = 405


class SendSmsParameters(BaseModel):
    """What `/cgi-bin/sendsms` heeds; for the document."""

    model_config = ConfigDict(extra="ignore")

    username: str = Field("", description="The client's name; `user` means the same.")
    password: str = Field("", description="A token of that client; `pass` means the same.")
    to: str = Field("", description="The receiver's number, or several with spaces between.")
    text: str = Field("", description="The text, percent-encoded in `charset`.")
    charset: str = Field("", description="Of the text. Left out: UTF-8, or UTF-16BE where `coding` is 2.")
    coding: str = Field("", description="`0` the cheapest that fits, `2` UCS-2. `1`, 8 bit, is refused.")
    mclass: str = Field("", description="`0` shows it at once; `1` changes nothing; `2` and `3` are refused.")
    priority: str = Field("", description="`0` bulk, `1` normal, `2` high, `3` emergency.")
    validity: str = Field("", description="Minutes after which it is not sent any more.")
    deferred: str = Field("", description="Minutes before which it is not sent.")
    smsc: str = Field("", description="Name of the only modem that it may leave by.")
    account: str = Field("", description="A reference of your own.")
    dlr_mask: str = Field(
        "",
        alias="dlr-mask",
        description="With bit 1 or 2 its delivery is asked for. `dlr-url` is not called.",
    )


class SendSmsForm(SendSmsParameters):
    """The same as a form."""


async def identify(request: Request, services: Services) -> Principal:
    """Return who holds the token that stands in the place of the password."""
    if request.method == "HEAD":
        # It would send a message; whoever asks with HEAD doesn't expect that.
        raise _OnlyGetAndPost
    parameters = await read_parameters(request, limit=services.settings.body_limit)
    request.scope[_PARAMETERS] = parameters
    name = parameters.get("username") or parameters.get("user") or b""
    token = parameters.get("password") or parameters.get("pass") or b""
    return await client_with_token(
        request, services, name.decode(errors="replace"), token.decode(errors="replace")
    )


async def sendsms(call: Call) -> Response:
    """Accept one text to one or several receivers: to all of them, or to none."""
    queue, region = call.services.queue, call.services.region
    asked = drafts(call.request.scope[_PARAMETERS], call.services.clock.now(), region)
    await queue.submit(call.principal.client_id, asked)
    return PlainTextResponse(_QUEUED if queue.obstacles() else _ACCEPTED, 202)


def refuse(error: GatewaydError) -> Response:
    """Say in Kannel's words that it failed."""
    if isinstance(error, Unauthenticated | Forbidden):
        return PlainTextResponse(_UNAUTHORIZED, 403)
    if isinstance(error, LimitReached | StorageFull):
        return PlainTextResponse(_LATER, 503, headers_of(error))
    words = str(error)
    if isinstance(error, InvalidRequest) and not isinstance(error, Rejected):
        words += ", rejected"
    return PlainTextResponse(words, status_of(error))


DIALECT: Final = Dialect(
    identify,
    refuse,
    {
        "kannel": {
            "type": "apiKey",
            "in": "query",
            "name": "password",
            "description": "A token, with its client's name as `username`; in the form where one is posted.",
        }
    },
    failure=None,
)

_ANSWERS: Final = {
    202: Answer(
        f"`{_ACCEPTED}`, or `{_QUEUED}` where no modem can send now. On disk either way.",
        media_type="text/plain",
    )
}
_PROBLEMS: Final = {
    400: "Something is wrong with the request; the text says what. Nothing was accepted.",
    403: f"`{_UNAUTHORIZED}`: the token is wrong, another client's, or lacks the scope `send`.",
    413: "The form is too large.",
    503: f"`{_LATER}`: a limit of the client is reached, or the disk is full; `Retry-After` says when to try again.",
}
_SUMMARY: Final = "Send a text as Kannel's smsbox does"

OPERATIONS: Final = (
    Operation(
        "GET",
        _PATH,
        sendsms,
        _SUMMARY,
        _ANSWERS,
        scope=Scope.SEND,
        query=SendSmsParameters,
        problems=_PROBLEMS,
        dialect=DIALECT,
    ),
    Operation(
        "POST",
        _PATH,
        sendsms,
        f"{_SUMMARY}, from a form",
        _ANSWERS,
        scope=Scope.SEND,
        query=SendSmsParameters,
        body={FORM: SendSmsForm},
        problems=_PROBLEMS | {415: f"The body is no `{FORM}`."},
        dialect=DIALECT,
    ),
)
