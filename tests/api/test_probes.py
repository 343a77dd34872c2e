"""What machines ask: is it alive, is it ready, how is it going."""

from __future__ import annotations

import httpx2
from trio.testing import MockClock

from gatewayd.modem.ports import LinkState
from gatewayd.queue.halting import halt

from .conftest import Api


async def test_health_is_answered_without_a_token(api: Api) -> None:
    async with api.anonymous() as anybody:
        answer = await anybody.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readiness_without_a_modem_says_why_and_messages_are_accepted(
    api: Api, shop: httpx2.AsyncClient
) -> None:
    async with api.anonymous() as anybody:
        answer = await anybody.get("/readyz")

    assert answer.status_code == 503
    assert not answer.json()["ready"]
    (reason,) = answer.json()["reasons"]
    assert reason["code"] == "no_modem"
    assert "phone1" in reason["message"]
    assert "no such port" in reason["message"]
    accepted = await shop.post("/v1/messages", json={"to": "+34600123456", "text": "Hello"})
    assert accepted.status_code == 202


async def test_readiness_with_one_modem_is_given(api: Api) -> None:
    api.setup.air.change("phone2", LinkState.READY)

    async with api.anonymous() as anybody:
        answer = await anybody.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})


async def test_metrics_count_what_waits_by_priority(api: Api, shop: httpx2.AsyncClient) -> None:
    await shop.post("/v1/messages", json={"to": "+34600123456", "text": "x" * 200, "priority": "high"})

    async with api.anonymous() as scraper:
        answer = await scraper.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    assert 'gatewayd_messages_waiting{priority="high"} 1.0' in lines
    assert 'gatewayd_parts_waiting{priority="high"} 2.0' in lines
    assert 'gatewayd_messages_waiting{priority="emergency"} 0.0' in lines


async def test_metrics_show_the_age_of_the_oldest_that_could_go(
    api: Api, shop: httpx2.AsyncClient, autojump_clock: MockClock
) -> None:
    await shop.post("/v1/messages", json={"to": "+34600123456", "text": "x"})
    autojump_clock.jump(90)

    async with api.anonymous() as scraper:
        lines = (await scraper.get("/metrics")).text.splitlines()

    assert 'gatewayd_oldest_waiting_seconds{priority="normal"} 90.0' in lines


async def test_metrics_in_openmetrics_form_are_given_to_who_asks(api: Api) -> None:
    async with api.anonymous() as scraper:
        answer = await scraper.get(
            "/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"}
        )

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_halt_shows_in_readiness_until_it_is_ended(api: Api, admin: httpx2.AsyncClient) -> None:
    api.setup.air.change("phone1", LinkState.READY)
    api.setup.database.transact(lambda tx: halt(tx, "arming changed 2 rows", api.setup.clock.now()))
    async with api.restarted() as queue_again:
        before = await queue_again.get("/readyz")
        resumed = await queue_again.post(
            "/v1/queue/resume", json={"reason": "looked at"}, headers=admin.headers
        )
        after = await queue_again.get("/readyz")

    assert [reason["code"] for reason in before.json()["reasons"]] == ["halted"]
    assert (resumed.status_code, resumed.json()["obstacles"]) == (200, [])
    assert after.status_code == 200


async def test_metrics_show_how_each_modem_fares(api: Api) -> None:
    async with api.anonymous() as scraper:
        lines = (await scraper.get("/metrics")).text.splitlines()

    assert 'gatewayd_modem_failing{modem="phone1"} 0.0' in lines
    assert 'gatewayd_modem_resting{modem="phone1"} 0.0' in lines
    assert 'gatewayd_modem_mode{mode="running",modem="phone1"} 1.0' in lines
    assert 'gatewayd_modem_mode{mode="stopped",modem="phone1"} 0.0' in lines
