"""schemathesis on the whole document (reliability T9): whatever is sent, by whomever, the answer is a documented one.

Data that fits the document and data that doesn't, on things that exist and on such that don't. No answer is a 5xx
unless the document says when; none has a status, a content type, headers or a shape that it doesn't tell of; and what
the document forbids is not accepted.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gatewayd.access.scopes import Scope
from gatewayd.api.app import all_operations
from gatewayd.api.compat.twilio.sids import account_sid, message_sid
from gatewayd.api.openapi import document

from .conftest import Api
from .fuzzing import EVERY_API, Hosted, hosted
from .test_batches import hand_in
from .test_inbox import received
from .test_people import ANA
from .test_templates import BODY
from .test_types import OTP
from .test_webhooks import HOOK

#: Cases for each operation, caller and kind of data; the long form is a campaign: GATEWAYD_SCHEMA_EXAMPLES=1000.
EXAMPLES = int(os.environ.get("GATEWAYD_SCHEMA_EXAMPLES", "5"))
CALLERS = {
    "admin": tuple(Scope),
    "send": (Scope.SEND,),
    "read": (Scope.READ,),
    "nobody": (),
}
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

DOCUMENT = document(all_operations(open_metrics=True, compat=EVERY_API))
FOUND = [result.ok() for result in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()]
#: What deletes comes last, so that the others find something.
OPERATIONS: dict[str, APIOperation] = {
    operation.label: operation for operation in sorted(FOUND, key=lambda found: found.method == "delete")
}
#: Beginnings of paths, and what of it names the things in it.
RESOURCE = re.compile(r"/v1/([a-z-]+)|/(2010-04-01)|/(3rdparty)|/(cgi-bin)")
TWILIO = account_sid("shop")


@pytest.fixture(scope="module")
def api() -> Iterator[Hosted]:
    with hosted(populate) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(api: Hosted) -> dict[str, str | None]:
    """Each caller's token. All are one application's, so that all see the same things."""
    return {caller: api.token("shop", *scopes) if scopes else None for caller, scopes in CALLERS.items()}


def signed(token: str | None, resource: str) -> tuple[dict[str, str], dict[str, str] | None]:
    """The headers and the parameters by which the holder of a token calls a resource."""
    if token is None:
        return {}, None
    if resource == "2010-04-01":
        credentials = base64.b64encode(f"{TWILIO}:{token}".encode()).decode()
        return {"authorization": f"Basic {credentials}"}, None
    if resource == "cgi-bin":
        return {}, {"username": "shop", "password": token}
    return {"authorization": f"Bearer {token}"}, None


async def populate(api: Api) -> dict[str, dict[str, str]]:
    """One of everything; return what stands for it in paths."""
    async with await api.client("shop", *Scope) as admin:

        async def made(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = await admin.request(method, path, json=body)
            assert answer.is_success, answer.text
            found: dict[str, Any] = answer.json()
            return found

        message = await made("POST", "/v1/messages", {"to": "+34600000001", "text": "hello"})
        webhook = await made("POST", "/v1/webhooks", HOOK)
        token = await made("POST", "/v1/tokens", {"client": "other", "scopes": ["read"]})
        batch = await hand_in(admin)
        await made("PUT", "/v1/templates/ra_opened/sms/pt-BR", BODY)
        await made("PUT", "/v1/types/otp", OTP)
        await made("POST", "/v1/people", ANA)
        await made("POST", "/v1/optouts", {"recipient": "+34600000009", "reason": "asked by telephone"})
    return {
        "messages": {"id": message["id"]},
        "webhooks": {"id": webhook["id"], "seq": "1"},
        "tokens": {"id": token["id"]},
        "batches": {"id": batch["id"]},
        "inbox": {"id": received(api, "hello")},
        "templates": {"kind": "ra_opened", "channel": "sms", "language": "pt-BR"},
        "types": {"code": "otp"},
        "people": {"name": "ana"},
        "clients": {"name": "other"},
        "modems": {"name": "phone1"},
        "optouts": {"recipient": "+34600000009"},
        "2010-04-01": {"account": TWILIO, "sid": message_sid(message["id"])},
        "3rdparty": {"id": message["id"], "probe": "live"},
    }


def check(case: Case, answer: httpx2.Response, headers: dict[str, str]) -> None:
    described = DOCUMENT["paths"][case.operation.path][case.operation.method]["responses"]
    # Any other failure is described too, but a status that comes of what was sent has to be named.
    assert str(answer.status_code) in described, (answer.status_code, answer.text)
    # An array is taken with its wrong members, which are named; in queries schemathesis takes text for other types.
    strict = operation_has_body(case.operation) and case.operation.label != "POST /v1/messages"
    checks = [*CHECKS, negative_data_rejection] if strict else CHECKS
    case.validate_response(answer, checks=checks, headers=headers)


def operation_has_body(operation: APIOperation) -> bool:
    return "requestBody" in DOCUMENT["paths"][operation.path][operation.method]


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_those_of_the_document(label: str, api: Hosted, tokens: dict[str, str | None]) -> None:
    operation = OPERATIONS[label]
    found = RESOURCE.match(operation.path)
    resource = (found and found[found.lastindex or 0]) or ""
    existing = api.populated.get(resource) if "{" in operation.path else None
    for caller, token in tokens.items():
        headers, query = signed(token, resource)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for parameters in (None, existing) if existing else (None,):
                examples = EXAMPLES if caller == "admin" else 2
                cases = operation.as_strategy(generation_mode=mode, path_parameters=parameters, query=query)
                run(cases, mode, examples, api, headers)


def run(
    cases: SearchStrategy[Case], mode: GenerationMode, examples: int, api: Hosted, headers: dict[str, str]
) -> None:
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def answered(case: Case) -> None:
        check(case, api.answer(case, headers), headers)

    try:
        answered()
    except Unsatisfiable:
        # There is nothing that could be wrong: no parameters, no body.
        assert mode is GenerationMode.NEGATIVE
