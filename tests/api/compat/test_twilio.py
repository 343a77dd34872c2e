"""The `Messages` resource of Twilio's API, in the process; tests/e2e drives it with the published client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from gatewayd.access.scopes import Scope
from gatewayd.api.compat.twilio.incoming import draft, search
from gatewayd.api.compat.twilio.sids import account_sid, message_id, message_sid
from gatewayd.errors import InvalidRequest, NotFound
from gatewayd.modem.ports import LinkState
from tests.api.conftest import Api

from .conftest import basic, cap

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ACCOUNT = account_sid("shop")
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
HELLO = {"To": "+34600123456", "From": "+34600000000", "Body": "Hello"}


def encoded(parameters: dict[str, str]) -> dict[str, bytes]:
    return {name: value.encode() for name, value in parameters.items()}


async def call(
    api: Api, token: str, method: str, path: str = MESSAGES, user: str = ACCOUNT, **more: Any
) -> tuple[int, Any]:
    async with api.anonymous(headers=basic(user, token)) as http:
        answer = await http.request(method, path, **more)
    return answer.status_code, answer.json()


async def send(api: Api, token: str, **parameters: str) -> tuple[int, Any]:
    return await call(api, token, "POST", data=HELLO | parameters)


def test_sids_are_read_back() -> None:
    id_ = "019c1234-5678-7abc-8def-0123456789ab"
    assert message_sid(id_) == "SM019c123456787abc8def0123456789ab"
    assert message_id(message_sid(id_)) == id_
    for wrong in ("SMxyz", "MM019c123456787abc8def0123456789ab", ""):
        with pytest.raises(NotFound):
            message_id(wrong)


def test_parameters_become_a_draft() -> None:
    later = {"ScheduleType": "fixed", "SendAt": "2026-02-01T08:00:00Z", "ValidityPeriod": "600"}
    made = draft(encoded(HELLO | later | {"SmartEncoded": "true", "StatusCallback": "https://x"}), NOW, "ZZ")
    assert (made.to, made.text, made.report, made.transliterate) == ("+34600123456", "Hello", True, True)
    assert made.send_at == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert made.expires_at == made.send_at + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"MediaUrl": "https://x/cat.png"}, "MediaUrl"),
        ({"ContentSid": "HX1"}, "ContentSid"),
        ({"ContentRetention": "discard"}, "ContentRetention"),
        ({"ValidityPeriod": "36001"}, "ValidityPeriod"),
        ({"SendAt": "2026-02-01T08:00:00Z"}, "SendAt"),
        ({"ScheduleType": "fixed"}, "SendAt"),
        ({"ScheduleType": "fixed", "SendAt": "tomorrow"}, "SendAt"),
        ({"To": ""}, "to"),
        ({"Body": ""}, "text"),
    ],
)
def test_parameter_that_can_not_be_met_is_refused_by_name(parameters: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        draft(encoded(HELLO | parameters), NOW, "ZZ")
    assert field in [error.field for error in refused.value.errors]


def test_search_takes_days_moments_and_national_numbers() -> None:
    day = search(encoded({"DateSent": "2026-01-31", "To": "600123456"}), 7, "ES").query
    assert (day.since, day.until) == (datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert (day.client_id, day.recipient, day.limit) == (7, "+34600123456", 50)
    span = search(encoded({"DateSent>": "2026-01-31T12:00:00Z", "DateSent<": "2026-02-01"}), 7, "ES").query
    assert (span.since, span.until) == (NOW, datetime(2026, 2, 1, tzinfo=UTC))
    with pytest.raises(InvalidRequest):
        search(encoded({"PageSize": "0", "DateSent": "never", "To": "nobody"}), 7, "ES")


@pytest.mark.parametrize(
    "parameters",
    [
        {"ScheduleType": "fixed", "SendAt": "9999-12-31T23:59:59Z", "ValidityPeriod": "36000"},
        {"ScheduleType": "fixed", "SendAt": "0001-01-01T00:00:00+23:59"},
        {"ScheduleType": "fixed", "SendAt": "2026-13-01T00:00:00"},
        {"ValidityPeriod": "9" * 30},
    ],
)
async def test_time_beyond_the_calendar_is_refused(api: Api, token: str, parameters: dict[str, str]) -> None:
    status, refused = await send(api, token, **parameters)
    assert (status, refused["code"]) == (400, 20422)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1970-01-01", "9999-12-31T23:59:59Z"])
async def test_day_at_the_end_of_the_calendar_finds_nothing_or_is_refused(
    api: Api, token: str, day: str
) -> None:
    for name in ("DateSent", "DateSent<", "DateSent>"):
        assert (await call(api, token, "GET", params={name: day}))[0] in (200, 400)


async def test_message_is_shown_as_twilio_shows_it(api: Api, token: str) -> None:
    status, sent = await send(api, token)
    assert status == 201
    assert (sent["status"], sent["to"], sent["body"], sent["num_segments"]) == (
        "queued",
        "+34600123456",
        "Hello",
        "1",
    )
    assert (sent["price"], sent["from"], sent["error_code"], sent["account_sid"]) == (
        None,
        None,
        None,
        ACCOUNT,
    )
    assert sent["date_created"].endswith("+0000")
    assert await call(api, token, "GET", sent["uri"]) == (200, sent)


async def test_message_reaches_sent(autojump_clock: MockClock, api: Api, token: str) -> None:
    api.setup.air.change("phone1", LinkState.READY)
    _, sent = await send(api, token)
    await trio.sleep(30)
    _, shown = await call(api, token, "GET", sent["uri"])
    assert shown["status"] == "sent"
    assert shown["date_sent"] is not None


async def test_scheduled_message_is_cancelled_once_and_expired_one_has_failed(
    autojump_clock: MockClock, api: Api, token: str
) -> None:
    at = (api.setup.clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    _, sent = await send(api, token, ScheduleType="fixed", SendAt=at)
    assert sent["status"] == "scheduled"
    status, shown = await call(api, token, "POST", sent["uri"], data={"Status": "canceled"})
    assert (status, shown["status"]) == (200, "canceled")
    _, short = await send(api, token, ValidityPeriod="60")
    await trio.sleep(120)
    _, shown = await call(api, token, "GET", short["uri"])
    assert (shown["status"], shown["error_code"]) == ("failed", 30036)
    status, refused = await call(api, token, "POST", short["uri"], data={"Status": "canceled"})
    assert (status, refused["code"]) == (409, 30409)
    status, refused = await call(api, token, "POST", short["uri"], data={"Body": ""})
    assert (status, refused["code"]) == (400, 20422)


async def test_list_is_leafed_through_without_repeating(api: Api, token: str) -> None:
    for number in range(5):
        await send(api, token, Body=f"number {number}")
    bodies: list[str] = []
    uri: str | None = f"{MESSAGES}?PageSize=2"
    while uri is not None:
        status, page = await call(api, token, "GET", uri)
        assert status == 200
        bodies += [message["body"] for message in page["messages"]]
        uri = page["next_page_uri"]
    assert bodies == [f"number {number}" for number in reversed(range(5))]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"To": "+34"}, 21211),
        ({"To": ""}, 21604),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 10_000}, 21617),
        ({"MediaUrl": "https://x/cat.png"}, 20422),
    ],
)
async def test_wrong_parameter_has_twilios_number(
    api: Api, token: str, parameters: dict[str, str], code: int
) -> None:
    status, refused = await send(api, token, **parameters)
    assert (status, refused["code"], refused["status"]) == (400, code, 400)
    assert refused["more_info"].endswith(str(code))


async def test_recipient_who_opted_out_has_twilios_number(api: Api, token: str) -> None:
    await api.queue.opt_outs.add("+34600123456", reason="asked by phone", actor="test")
    assert (await send(api, token))[1]["code"] == 21610


async def test_wrong_credentials_are_refused_as_twilio_refuses_them(api: Api, token: str) -> None:
    other = await api.token("bank")
    reading = await api.token("shop", Scope.READ)
    for user, password in (
        (ACCOUNT, "secret"),
        (ACCOUNT, other),
        (account_sid("bank"), token),
        ("shop", token),
    ):
        status, refused = await call(api, password, "GET", user=user)
        assert (status, refused["code"], refused["message"]) == (401, 20003, "Authenticate")
    assert (await call(api, reading, "POST", data=HELLO))[0] == 403


async def test_other_accounts_and_their_messages_are_not_found(api: Api, token: str) -> None:
    _, sent = await send(api, token)
    other, bank = await api.token("bank"), account_sid("bank")
    for path in (MESSAGES, sent["uri"].replace(ACCOUNT, bank)):
        status, refused = await call(api, other, "GET", path, user=bank)
        assert (status, refused["code"]) == (404, 20404)
    admin = await api.token("ops", Scope.ADMIN)
    ops = account_sid("ops")
    status, page = await call(api, admin, "GET", MESSAGES.replace(ACCOUNT, ops), user=ops)
    assert (status, page["messages"]) == (200, [])


async def test_full_queue_is_refused_with_twilios_number_and_when_to_come_back(api: Api, token: str) -> None:
    await send(api, token)
    await cap(api, 1)
    async with api.anonymous(headers=basic(ACCOUNT, token)) as http:
        answer = await http.post(MESSAGES, data=HELLO)
    assert (answer.status_code, answer.json()["code"]) == (429, 21611)
    assert int(answer.headers["retry-after"]) >= 1
