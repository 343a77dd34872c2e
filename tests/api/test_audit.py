from __future__ import annotations

import httpx2

from .conftest import Api


async def test_audit_is_read_newest_first_page_by_page_and_filtered(
    api: Api, admin: httpx2.AsyncClient
) -> None:
    for name in ("phone1", "phone2", "phone1"):
        await api.queue.set_mode(name, "paused", actor="user:ana", reason="SIM é trocado")
    first = (await admin.get("/v1/audit", params={"limit": 2, "actor": "user:ana"})).json()
    assert [entry["object"] for entry in first["entries"]] == ["modem:phone1", "modem:phone2"]
    entry = first["entries"][0]
    assert (entry["action"], entry["reason"]) == ("modem.paused", "SIM é trocado")
    assert (entry["before"], entry["after"]) == ({"mode": "paused"}, {"mode": "paused"})
    query = {"limit": 2, "actor": "user:ana", "before": first["next"]}
    second = (await admin.get("/v1/audit", params=query)).json()
    assert ([entry["object"] for entry in second["entries"]], second["next"]) == (["modem:phone1"], None)
    of_one = (await admin.get("/v1/audit", params={"object": "modem:phone2"})).json()
    assert len(of_one["entries"]) == 1


async def test_audit_is_for_administrators(shop: httpx2.AsyncClient) -> None:
    assert (await shop.get("/v1/audit")).status_code == 403
