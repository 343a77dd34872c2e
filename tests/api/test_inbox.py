"""`/v1/inbox`: what was received, for whom it may concern."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from gatewayd.access.scopes import Scope
from gatewayd.queue.receiving import take_message
from tests.queue.mail import SENDER, SIM, mail

from .conftest import Api


def received(api: Api, text: str, sender: str = SENDER, *, ago: timedelta = timedelta(0)) -> str:
    """A message came in; return its id."""
    at = api.setup.clock.now() - ago
    rules = api.queue.receiving_rules()
    taken = [
        api.setup.database.transact(take_message, "phone1", SIM, octets, at, rules)
        for octets in mail(text, sender, at=at)
    ]
    name = taken[-1]
    assert name is not None
    return name


@pytest.fixture
async def reader(api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """An application that may read the inbox, and nothing else."""
    async with await api.client("desk", Scope.INBOX) as client:
        yield client


@pytest.fixture
def three(api: Api) -> list[str]:
    """Three messages, the oldest first."""
    return [
        received(api, "Olá, está tudo bem?", ago=timedelta(days=2)),
        received(api, "STOP", "+351912345678", ago=timedelta(days=1)),
        received(api, "Your code is 50%_1", "MyBank"),
    ]


async def test_inbox_shows_what_was_received_newest_first(
    three: list[str], reader: httpx2.AsyncClient
) -> None:
    answer = (await reader.get("/v1/inbox")).json()
    assert [message["id"] for message in answer["messages"]] == three[::-1]
    assert answer["next"] is None


async def test_received_message_is_shown_with_all_that_is_known(
    api: Api, three: list[str], reader: httpx2.AsyncClient
) -> None:
    shown = (await reader.get(f"/v1/inbox/{three[1]}")).json()
    moment = shown.pop("received_at")
    assert shown == {
        "id": three[1],
        "modem": "phone1",
        "sim": SIM,
        "sender": "+351912345678",
        "text": "STOP",
        "erased": False,
        "encoding": "gsm7",
        "parts": 1,
        "missing": 0,
        "keyword": "stop",
        "sent_at": moment.split(".")[0].removesuffix("Z") + "Z",
    }


async def test_received_message_unknown_is_404(reader: httpx2.AsyncClient) -> None:
    assert (await reader.get("/v1/inbox/nothing")).status_code == 404


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"sender": "+34600111222"}, [0]),
        ({"sender": " 34600111222"}, [0]),
        ({"sender": "+34 600 11 12 22"}, [0]),
        ({"sender": "MyBank"}, [2]),
        ({"sender": "mybank"}, []),
        ({"keyword": "stop"}, [1]),
        ({"keyword": "start"}, []),
        ({"q": "TUDO BEM"}, [0]),
        ({"q": "0%_"}, [2]),
        ({"q": "%"}, [2]),
        ({"since": "2026-01-04"}, [2, 1]),
        ({"until": "2026-01-03"}, [0]),
        ({"since": "2026-01-04", "until": "2026-01-04"}, [1]),
        ({"since": "2026-01-05T00:00:00Z", "sender": "+34600111222"}, []),
    ],
)
async def test_search_finds_what_meets_every_condition(
    three: list[str], reader: httpx2.AsyncClient, parameters: dict[str, str], expected: list[int]
) -> None:
    answer = await reader.get("/v1/inbox", params=parameters)
    assert [message["id"] for message in answer.json()["messages"]] == [three[place] for place in expected]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"keyword": "maybe"}, "keyword"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-05", "until": "2026-01-04"}, "until"),
        ({"limit": "0"}, "limit"),
        ({"from": "x"}, "from"),
    ],
)
async def test_search_with_a_wrong_parameter_is_422_and_names_it(
    reader: httpx2.AsyncClient, parameters: dict[str, str], field: str
) -> None:
    answer = await reader.get("/v1/inbox", params=parameters)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_inbox_is_read_page_by_page_also_within_one_microsecond(
    api: Api, reader: httpx2.AsyncClient
) -> None:
    expected = [received(api, f"n {number}") for number in range(7)][::-1]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        parameters = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await reader.get("/v1/inbox", params=parameters)).json()
        found += [message["id"] for message in page["messages"]]
        cursor = page["next"]
    assert found == expected


async def test_inbox_with_a_wrong_cursor_is_400(reader: httpx2.AsyncClient) -> None:
    assert (await reader.get("/v1/inbox?cursor=nonsense")).json()["code"] == "bad_cursor"


async def test_inbox_as_csv_holds_everything_and_no_formula(api: Api, reader: httpx2.AsyncClient) -> None:
    names = [received(api, f"=cmd {number}") for number in range(1200)]
    answer = await reader.get("/v1/inbox?limit=1", headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == names[::-1]
    assert rows[0]["text"] == "'=cmd 1199"
    assert (rows[0]["sender"], rows[0]["missing"], rows[0]["keyword"]) == (SENDER, "0", "")


async def test_inbox_is_closed_to_who_may_only_read_their_own(
    shop: httpx2.AsyncClient, three: list[str]
) -> None:
    answer = await shop.get(f"/v1/inbox/{three[0]}")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_required")
    assert (await shop.get("/v1/events")).json()["events"] == []


async def test_administrators_learn_of_received_messages_by_the_feed(
    three: list[str], admin: httpx2.AsyncClient
) -> None:
    events = (await admin.get("/v1/events")).json()["events"]
    assert [event["subject"] for event in events if event["kind"] == "inbox.received"] == three
    assert "+351912345678" not in str(events)
