"""`/v1/templates` over HTTP."""

from __future__ import annotations

import httpx2

BODY = {
    "fields": [
        {"name": "protocol", "example": "20260001"},
        {"name": "due", "type": "date", "required": False},
    ],
    "body": "Sua RA {{ protocol }} foi aberta.{% if due %} Prazo: {{ due|date('short') }}{% endif %}",
}
PLACE = "/v1/templates/ra_opened/sms/pt-BR"


async def test_template_is_saved_in_versions_and_filled_in(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    made = await admin.put(PLACE, json=BODY)
    assert (made.status_code, made.headers["etag"], made.json()["label"]) == (
        201,
        '"1"',
        "ra_opened/sms/pt-BR@1",
    )
    filled = await shop.post(f"{PLACE}/render", json={"fields": {"protocol": 7, "due": "2026-12-31"}})
    assert filled.json() == {
        "text": "Sua RA 7 foi aberta. Prazo: 31/12/2026",
        "subject": None,
        "template": "ra_opened/sms/pt-BR@1",
        "language": "pt-BR",
        "encoding": "gsm7",
        "parts": 1,
        "units": 38,
        "offending": [],
    }
    changed = await admin.put(PLACE, json=BODY | {"body": "RA {{ protocol }}"}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (await admin.put(PLACE, json=BODY, headers={"if-match": '"1"'})).status_code == 412
    first = await shop.get(PLACE, params={"version": 1})
    assert first.json()["body"] == BODY["body"]
    versions = (await shop.get(f"{PLACE}/versions")).json()["templates"]
    assert [view["version"] for view in versions] == [2, 1]
    assert (await admin.delete(PLACE)).status_code == 204
    assert (await shop.get(PLACE)).status_code == 404
    assert (await shop.get("/v1/templates")).json() == {"templates": []}


async def test_missing_language_is_rendered_in_the_next_best(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    await admin.put("/v1/templates/ra_opened/sms/en", json={"fields": [], "body": "Opened"})
    answer = await shop.post(f"{PLACE}/render", json={})
    assert (answer.json()["language"], answer.json()["template"]) == ("en", "ra_opened/sms/en@1")


async def test_wrong_values_and_wrong_templates_are_told_by_field_and_line(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    await admin.put(PLACE, json=BODY)
    filled = await shop.post(f"{PLACE}/render", json={"fields": {"due": "soon", "x": 1}})
    assert [error["field"] for error in filled.json()["errors"]] == [
        "fields.protocol",
        "fields.due",
        "fields.x",
    ]
    saved = await admin.put(PLACE, json=BODY | {"body": "a\n{{ protocl }}"})
    (error,) = saved.json()["errors"]
    assert error["field"] == "body"
    assert error["message"].startswith("line 2: there is no field 'protocl'; did you mean 'protocol'?")


async def test_unsaved_template_is_tried_out_with_its_examples(shop: httpx2.AsyncClient) -> None:
    answer = await shop.post("/v1/templates/render", json=BODY | {"language": "pt-BR"})
    assert (answer.json()["text"], answer.json()["template"]) == ("Sua RA 20260001 foi aberta.", None)
    assert (await shop.get("/v1/templates")).json()["templates"] == []


async def test_templates_are_read_by_all_and_written_by_administrators(shop: httpx2.AsyncClient) -> None:
    assert (await shop.put(PLACE, json=BODY)).status_code == 403
    assert (await shop.delete(PLACE)).status_code == 403
    assert (await shop.get("/v1/templates/ra_opened/fax/en")).status_code == 404


async def test_message_is_made_with_a_template_and_remembers_the_version(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    await admin.put(PLACE, json=BODY)
    asked = {"to": "+34600123456", "template": "ra_opened", "fields": {"protocol": 7}, "language": "pt"}
    sent = await shop.post("/v1/messages", json=asked)
    assert sent.status_code == 202, sent.text
    await admin.put(PLACE, json=BODY | {"body": "RA {{ protocol }}"})
    seen = (await shop.get(f"/v1/messages/{sent.json()['id']}")).json()
    assert (seen["text"], seen["template"], seen["type"]) == (
        "Sua RA 7 foi aberta.",
        "ra_opened/sms/pt-BR@1",
        "ra_opened",
    )
    preview = await shop.post("/v1/messages", json=asked | {"type": "x"}, params={"dry_run": "true"})
    assert preview.json()["text"] == "RA 7"


async def test_array_may_mix_texts_and_templates(shop: httpx2.AsyncClient, admin: httpx2.AsyncClient) -> None:
    await admin.put(PLACE, json=BODY)
    answer = await shop.post(
        "/v1/messages",
        json=[
            {"to": "+34600123456", "text": "plain"},
            {"to": "+34600123457", "template": "ra_opened", "fields": {"protocol": 8}},
            {"to": "12", "template": "ra_opened"},
        ],
    )
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (2, 1)
    errors = answer.json()["messages"][2]["errors"]
    assert [error["field"] for error in errors] == ["fields.protocol", "to"]


async def test_message_says_its_text_in_one_way(shop: httpx2.AsyncClient, admin: httpx2.AsyncClient) -> None:
    await admin.put(PLACE, json=BODY)
    to = {"to": "+34600123456"}
    for asked, fields in (
        (to, ["text"]),
        (to | {"text": "a", "template": "ra_opened"}, ["text"]),
        (to | {"text": "a", "fields": {}, "language": "pt"}, ["fields", "language"]),
        (to | {"template": "none"}, ["template"]),
        (to | {"template": "ra_opened", "fields": {"protocol": 1}, "language": "??"}, ["language"]),
    ):
        answer = await shop.post("/v1/messages", json=asked)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == fields
