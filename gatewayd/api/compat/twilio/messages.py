"""`/2010-04-01/Accounts/{account}/Messages`: send, list, show, cancel."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from gatewayd.access.scopes import Principal, Scope
from gatewayd.access.service import Unauthenticated
from gatewayd.api.answering import json_response
from gatewayd.api.compat.credentials import basic
from gatewayd.api.compat.forms import FORM, read_parameters
from gatewayd.api.compat.twilio import incoming, outgoing
from gatewayd.api.compat.twilio.outgoing import BASE, TwilioMessageOut, TwilioPageOut
from gatewayd.api.compat.twilio.refusing import TwilioErrorOut, refuse
from gatewayd.api.compat.twilio.sids import account_sid, message_id
from gatewayd.api.guard import holder
from gatewayd.api.operation import Answer, Call, Dialect, Operation, Services
from gatewayd.errors import NotFound
from gatewayd.queue.draft import Receipt

_MESSAGES: Final = f"{BASE}/Accounts/{{account}}/Messages.json"
_MESSAGE: Final = f"{BASE}/Accounts/{{account}}/Messages/{{sid}}.json"


class TwilioSendForm(BaseModel):
    """A message to send. Twilio's other parameters are left aside or refused; see docs/compat.md."""

    model_config = ConfigDict(extra="ignore")

    To: str = Field(description="The recipient's number.")
    Body: str = Field(description="The text.")
    From: str = Field("", description="Left aside: the network puts the SIM's own number.")
    ValidityPeriod: int | None = Field(None, description="Seconds after which it is not sent any more.")
    ScheduleType: str = Field("", description="`fixed`, together with `SendAt`.")
    SendAt: str = Field("", description="Not before this moment, ISO 8601.")
    SmartEncoded: bool = Field(
        False, description="Replace characters that the GSM alphabet lacks by usual ones."
    )


class TwilioUpdateForm(BaseModel):
    """What is to become of a message."""

    Status: str = Field(description="`canceled`: take it back.")


class TwilioQuery(BaseModel):
    """What to list."""

    model_config = ConfigDict(extra="ignore")

    To: str = Field("", description="Only messages to this number.")
    DateSent: str = Field("", description="Only those accepted on this day (UTC).")
    since: str = Field("", alias="DateSent>", description="Only those accepted at or after this moment.")
    until: str = Field("", alias="DateSent<", description="Only those accepted before this moment.")
    PageSize: int = Field(50, ge=1, le=1000, description="Messages of a page.")
    PageToken: str = Field("", description="Where the page begins: as in `next_page_uri`.")


async def identify(request: Request, services: Services) -> Principal:
    """Return who holds the token that stands in the place of the `AuthToken`. Raises NotFound for others' accounts."""
    credentials = basic(request)
    if credentials is None:
        raise Unauthenticated
    user, token = credentials
    principal = await holder(request, services.access, token, services.settings.origins)
    if account_sid(principal.client) != user:
        raise Unauthenticated
    if request.path_params["account"] != user:
        raise NotFound("there is no such account")
    return principal


async def create_twilio_message(call: Call) -> Response:
    """Accept a message."""
    parameters = await read_parameters(call.request, limit=call.services.settings.body_limit)
    draft = incoming.draft(parameters, call.services.clock.now(), call.services.region)
    submission = await call.services.queue.submit(call.principal.client_id, [draft])
    (receipt,) = (result for result in submission.results if isinstance(result, Receipt))
    return await _shown(call, receipt.id, 201)


async def list_twilio_messages(call: Call) -> Response:
    """Answer with a page of the client's messages, newest first."""
    parameters = await read_parameters(call.request, limit=0)
    services = call.services
    search = incoming.search(parameters, call.principal.client_id, services.region)
    page = await services.queue.find(search.query)
    account = call.path["account"]
    return json_response(outgoing.page_out(page, search, parameters, account, services.queue.currency))


async def fetch_twilio_message(call: Call) -> Response:
    """Answer with a message."""
    return await _shown(call, message_id(call.path["sid"]))


async def update_twilio_message(call: Call) -> Response:
    """Take a message back."""
    incoming.require_cancellation(
        await read_parameters(call.request, limit=call.services.settings.body_limit)
    )
    id_ = message_id(call.path["sid"])
    await call.services.queue.cancel(call.principal.client_id, id_, actor=call.principal.actor)
    return await _shown(call, id_)


async def _shown(call: Call, id_: str, status: int = 200) -> Response:
    queue = call.services.queue
    detail = await queue.detail(call.principal.client_id, id_)
    return json_response(outgoing.message_out(detail.message, call.path["account"], queue.currency), status)


DIALECT: Final = Dialect(
    identify,
    refuse,
    {
        "twilio": {
            "type": "http",
            "scheme": "basic",
            "description": "The client's AccountSid (`AC` and the first 32 letters of its name's SHA-256), and a token "
            "of it in the place of the AuthToken.",
        }
    },
    failure=TwilioErrorOut,
)

_DENIED: Final = {401: "20003: the token is wrong.", 403: "20003: the token lacks the scope."}
_TOO_OFTEN: Final = {
    429: "20429: the client makes too many requests; `Retry-After` says when the next is answered."
}
_ACCOUNT: Final = {404: "20404: it is another account's."}
_MISSING: Final = {404: "20404: there is no such message, or it is another account's."}
_FORM: Final = {413: "20422: the form is too large.", 415: f"20422: the body is no `{FORM}`."}

OPERATIONS: Final = (
    Operation(
        "POST",
        _MESSAGES,
        create_twilio_message,
        "Send a message as Twilio does",
        {201: Answer("Accepted and on disk.", TwilioMessageOut)},
        scope=Scope.SEND,
        body={FORM: TwilioSendForm},
        problems=_DENIED
        | _ACCOUNT
        | _FORM
        | {
            400: "21211, 21408, 21602, 21604, 21610, 21614, 21617 or 20422: a parameter is wrong.",
            429: "20429 or 21611: a limit of the client is reached; `Retry-After` says when to try again.",
            503: "20503: the disk is full.",
        },
        dialect=DIALECT,
    ),
    Operation(
        "GET",
        _MESSAGES,
        list_twilio_messages,
        "List messages as Twilio does",
        {200: Answer("A page, newest first.", TwilioPageOut)},
        scope=Scope.READ,
        query=TwilioQuery,
        problems=_DENIED | _ACCOUNT | _TOO_OFTEN | {400: "20422: a parameter is wrong."},
        dialect=DIALECT,
    ),
    Operation(
        "GET",
        _MESSAGE,
        fetch_twilio_message,
        "Show a message as Twilio does",
        {200: Answer("The message.", TwilioMessageOut)},
        scope=Scope.READ,
        problems=_DENIED | _MISSING | _TOO_OFTEN,
        dialect=DIALECT,
    ),
    Operation(
        "POST",
        _MESSAGE,
        update_twilio_message,
        "Cancel a message as Twilio does",
        {200: Answer("The message as it is now.", TwilioMessageOut)},
        scope=Scope.SEND,
        body={FORM: TwilioUpdateForm},
        problems=_DENIED
        | _MISSING
        | _FORM
        | _TOO_OFTEN
        | {
            400: "20422: only `Status=canceled` can be asked for.",
            409: "30409: it can't be cancelled any more.",
        },
        dialect=DIALECT,
    ),
)
