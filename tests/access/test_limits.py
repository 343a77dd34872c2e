"""What clients are limited to: changed, bounded, written down, and told to whoever heeds it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from trio.testing import MockClock

from gatewayd import audit
from gatewayd.access import money
from gatewayd.access.limits import LIMITS_TOPIC, Bounds, ClientLimits, LimitsChange, of_client
from gatewayd.access.rate import Buckets
from gatewayd.access.registry import TokenRequest
from gatewayd.access.scopes import Scope
from gatewayd.access.service import Access
from gatewayd.access.settings import ClientsSettings
from gatewayd.clock import VirtualClock
from gatewayd.errors import InvalidRequest, LimitReached, NotFound, PreconditionFailed
from gatewayd.message import Doubt, Priority
from gatewayd.store.inline import InlineDatabase

BOSS = "local:uid 0"
EVERYTHING: dict[str, Any] = {
    "parts_per_minute": 10,
    "parts_per_hour": 100,
    "parts_per_day": 1000,
    "money_per_month": 25_000_000,
    "queue_cap": 500,
    "requests_per_minute": 60,
    "countries": ("ES", "PT"),
    "modem": "phone1",
    "priority": Priority.NORMAL,
    "in_doubt": Doubt.RESEND,
}


@pytest.fixture
def access(database: InlineDatabase, clock: VirtualClock) -> Access:
    return Access(database, clock, bounds=Bounds(("phone1", "phone2"), priced=True))


async def test_limits_are_kept_as_they_were_set(access: Access, database: InlineDatabase) -> None:
    client = await access.create_client("shop", actor=BOSS)

    changed = await access.change_limits(LimitsChange("shop", EVERYTHING), actor=BOSS)

    assert changed.limits == ClientLimits(**EVERYTHING)
    assert (await access.limited_client("shop")).limits == changed.limits
    assert database.transact(lambda tx: of_client(tx, client.id)) == changed.limits


async def test_limits_that_are_not_named_stay_and_none_takes_one_away(access: Access) -> None:
    await access.create_client("shop", actor=BOSS)
    await access.change_limits(LimitsChange("shop", EVERYTHING), actor=BOSS)

    changed = await access.change_limits(
        LimitsChange("shop", {"queue_cap": None, "parts_per_day": 7}), actor=BOSS
    )

    assert changed.limits == ClientLimits(**EVERYTHING | {"queue_cap": None, "parts_per_day": 7})


async def test_change_of_limits_is_in_the_audit_with_before_and_after(
    access: Access, database: InlineDatabase
) -> None:
    await access.create_client("shop", actor=BOSS)
    await access.change_limits(LimitsChange("shop", {"queue_cap": 5}), actor=BOSS)
    await access.change_limits(LimitsChange("shop", {"queue_cap": 9}, reason="grew"), actor=BOSS)
    await access.change_limits(LimitsChange("shop", {"queue_cap": 9}), actor=BOSS)

    last, first, _ = database.transact(lambda tx: audit.page(tx, limit=10))

    assert (first.action, first.before, first.after) == ("client.limits", {}, {"queue_cap": 5})
    assert (last.object, last.reason) == ("client:shop", "grew")
    assert (last.before, last.after) == ({"queue_cap": 5}, {"queue_cap": 9})


async def test_change_of_limits_is_announced(access: Access, database: InlineDatabase) -> None:
    told = []
    database.topics.subscribe(LIMITS_TOPIC, lambda: told.append(True))
    await access.create_client("shop", actor=BOSS)

    await access.change_limits(LimitsChange("shop", {"queue_cap": 5}), actor=BOSS)

    assert told == [True]


async def test_change_by_somebody_who_saw_an_older_state_is_refused(access: Access) -> None:
    await access.create_client("shop", actor=BOSS)
    seen = frozenset({(await access.limited_client("shop")).etag})
    await access.change_limits(LimitsChange("shop", {"queue_cap": 5}, if_match=seen), actor=BOSS)

    with pytest.raises(PreconditionFailed):
        await access.change_limits(LimitsChange("shop", {"queue_cap": 9}, if_match=seen), actor=BOSS)

    assert (await access.limited_client("shop")).limits.queue_cap == 5


async def test_wrong_limits_are_all_named_and_nothing_is_changed(database: InlineDatabase) -> None:
    access = Access(database, VirtualClock(), bounds=Bounds(("phone1",), priced=False))
    await access.create_client("shop", actor=BOSS)
    wrong = {
        "parts_per_hour": 0,
        "queue_cap": 10**15,
        "money_per_month": 5,
        "modem": "phone9",
        "countries": ("ES", "XX"),
    }

    with pytest.raises(InvalidRequest) as raised:
        await access.change_limits(LimitsChange("shop", wrong), actor=BOSS)

    assert {(error.field, error.code) for error in raised.value.errors} == {
        ("limits.parts_per_hour", "range"),
        ("limits.queue_cap", "range"),
        ("limits.money_per_month", "no_prices"),
        ("limits.modem", "unknown"),
        ("limits.countries", "choice"),
    }
    assert (await access.limited_client("shop")).limits == ClientLimits()


async def test_limits_of_nobody_are_not_found(access: Access) -> None:
    with pytest.raises(NotFound):
        await access.limited_client("nobody")
    with pytest.raises(NotFound):
        await access.change_limits(LimitsChange("nobody", {"queue_cap": 5}), actor=BOSS)


def test_own_limits_go_before_the_general_ones() -> None:
    general = ClientsSettings.model_validate({"queue_cap": 10, "money_per_month": "2.5"}).limits()

    holding = ClientLimits(queue_cap=50, parts_per_day=3).over(general)

    assert holding == ClientLimits(queue_cap=50, parts_per_day=3, money_per_month=2_500_000)


# --- requests ---


async def test_requests_above_the_rate_are_refused_until_there_is_room_again(
    access: Access, clock: VirtualClock, autojump_clock: MockClock
) -> None:
    token = (await access.issue(TokenRequest("shop", (Scope.SEND,)), actor=BOSS)).token
    other = (await access.issue(TokenRequest("other", (Scope.SEND,)), actor=BOSS)).token
    await access.change_limits(LimitsChange("shop", {"requests_per_minute": 60}), actor=BOSS)

    for _ in range(10):
        await access.authenticate(token)
    with pytest.raises(LimitReached) as raised:
        await access.authenticate(token)

    assert (raised.value.code, raised.value.retry_after) == ("rate_limited", 1)
    await access.authenticate(other)
    autojump_clock.jump(1.0)
    await access.authenticate(token)


async def test_requests_of_all_tokens_of_a_client_count_together(access: Access) -> None:
    tokens = [(await access.issue(TokenRequest("shop", (Scope.SEND,)), actor=BOSS)).token for _ in range(2)]
    await access.change_limits(LimitsChange("shop", {"requests_per_minute": 6}), actor=BOSS)

    await access.authenticate(tokens[0])

    with pytest.raises(LimitReached):
        await access.authenticate(tokens[1])


async def test_general_rate_holds_for_who_has_none_and_reloads(
    database: InlineDatabase, clock: VirtualClock
) -> None:
    access = Access(database, clock, settings=ClientsSettings(requests_per_minute=1))
    token = (await access.issue(TokenRequest("shop", (Scope.SEND,)), actor=BOSS)).token
    await access.authenticate(token)
    with pytest.raises(LimitReached):
        await access.authenticate(token)

    access.limit_by(ClientsSettings(), Bounds())

    await access.authenticate(token)


def test_bucket_admits_its_rate_over_any_time_and_ten_seconds_worth_at_once() -> None:
    buckets, admitted = Buckets(), 0
    for hundredth in range(60 * 100):
        admitted += buckets.take(1, 120, hundredth / 100) == 0

    assert 120 <= admitted <= 120 + 20


# --- money ---


@pytest.mark.parametrize(
    ("amount", "micros", "words"),
    [
        ("0", 0, "0.00"),
        ("25", 25_000_000, "25.00"),
        ("0.045", 45_000, "0.045"),
        ("1.000001", 1_000_001, "1.000001"),
    ],
)
def test_money_is_exact_both_ways(amount: str, micros: int, words: str) -> None:
    assert money.to_micros(Decimal(amount)) == micros
    assert money.shown(micros) == words


@pytest.mark.parametrize("amount", ["-1", "0.0000001", "NaN", "Infinity"])
def test_money_that_is_none_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="must"):
        money.to_micros(Decimal(amount))


def test_money_given_back_below_nothing_is_shown_with_its_sign() -> None:
    assert money.shown(-1_500_000) == "-1.50"
