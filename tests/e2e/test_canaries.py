"""Invariant 17: what people write and who they are is nowhere but where it is kept, and gone from there when asked for.

A gateway is used in every way, and badly, with texts, numbers and secrets that occur nowhere else. Then everything that
it wrote is searched for them: logs at `debug`, metrics, the audit, the feed, every answer that was no success, and
what is left in a backup after the number was erased. Their rightful places are the rows of messages, of the inbox and
of batches, and answers to whoever may see them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from .gateway import Gateway, Gateways, Phones, eventually, gatewayd, modem
from .test_receiving import leave_in_the_network, parts

pytestmark = pytest.mark.slow

NUMBER, BARRED, SENDER = "+34600493817", "+34600493827", "+34600493837"
TEXT, CODE, RECEIVED = "canary in the plain text", "canary in the secret one", "canary that was received"
PIN, PASSWORD, HOOK_SECRET = "48271", "canary-violet-otter", "whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5"
GUESS = "sgw_canarycanar_canarycanarycanarycanarycanarycanary"
EVERYWHERE = "[compat]\nkannel = true\n[webhooks]\nallow = ['127.0.0.1/32']\n"

JSON = {"content-type": "application/json"}
Answers = list[httpx2.Response]


@dataclass
class Canaries:
    """What must not be found, by what it is."""

    known: dict[str, str] = field(default_factory=dict)

    def in_text(self, written: str) -> list[str]:
        """Which of them ``written`` has, however it spells JSON or a number."""
        plain = written + json.dumps(written, ensure_ascii=False)
        return [name for name, canary in self.known.items() if canary in plain]

    def in_file(self, path: Path) -> list[str]:
        octets = path.read_bytes()
        wide = (canary.encode("utf-16-be") for canary in self.known.values())
        narrow = (canary.encode() for canary in self.known.values())
        return [
            name
            for name, *forms in zip(self.known, narrow, wide, strict=True)
            if any(f in octets for f in forms)
        ]


def digits(number: str) -> str:
    return number.removeprefix("+34")


@pytest.fixture
def gateway(tmp_path: Path, plug_in: Phones, serve: Gateways) -> Gateway:
    leave_in_the_network(tmp_path / "phone1.ledger", held=parts(SENDER, RECEIVED), on_sim=[])
    phone = plug_in("phone1", "--pin", PIN, "--reports", "--report-after", "0.1", "--error", "1@3")
    return serve(
        modems=modem("phone1", phone.port, f'pin = "{PIN}"', 'reports = "ask"'),
        more=f'level = "debug"\n{EVERYWHERE}',
    )


@pytest.fixture
def hooked(gateway: Gateway, tmp_path: Path) -> None:
    """A webhook to where nobody listens, whose secret was given."""
    secret = tmp_path / "hook.secret"
    secret.write_text(HOOK_SECRET)
    with gateway.administrator() as admin:
        body = {"url": "http://127.0.0.1:9/canary", "secret": HOOK_SECRET, "include_text": "all"}
        made = admin.post("/v1/webhooks", json=body)
    secret.unlink()
    assert made.status_code == 201, made.text


def use(gateway: Gateway, token: str) -> Iterator[httpx2.Response]:
    """Everything that goes well, and then everything that doesn't."""
    with gateway.client(token) as client:
        for key, body in enumerate(
            (
                {"to": NUMBER, "text": TEXT, "reference": "order 1"},
                {"to": NUMBER, "text": CODE, "secret": True},
                {"to": BARRED, "text": TEXT},
            )
        ):
            yield client.post("/v1/messages", json=body, headers={"idempotency-key": f"key {key}"})
        gateway.wait_until_settled()
        yield client.post("/v1/messages", json={"to": NUMBER, "text": [TEXT]})
        yield client.post("/v1/messages", json={"to": NUMBER, "txt": TEXT})
        yield client.post("/v1/messages", json={"to": f"{NUMBER}0000000", "text": TEXT})
        yield client.post("/v1/messages", json={"to": [NUMBER, "x"], "text": TEXT, "encoding": "gsm8"})
        yield client.post("/v1/messages", json={"to": NUMBER, "text": TEXT + "☃" * 3000})
        yield client.post("/v1/messages", content=f'{{"to": "{NUMBER}", "text": "{TEXT}', headers=JSON)
        yield client.post(
            "/v1/messages", content=f'[{{"to": "{NUMBER}", "text": "{TEXT}", "order": 1}}]', headers=JSON
        )
        yield client.get("/v1/messages", params={"recipient": NUMBER, "cursor": "x"})
        yield client.delete(f"/v1/optouts/{NUMBER}", params={"reason": "asked"})
        yield client.get("/v1/inbox", params={"sender": SENDER})
        yield client.post("/v1/messages", headers={"authorization": f"Bearer {GUESS}"})
        kannel = {"username": "shop", "password": GUESS, "to": NUMBER, "text": TEXT}
        yield client.get("/cgi-bin/sendsms", params=kannel)
        yield client.get("/cgi-bin/sendsms", params=kannel | {"password": token, "coding": "9"})
    with gateway.administrator() as admin:
        yield admin.delete(f"/v1/optouts/{NUMBER}", params={"reason": "asked"})
        yield admin.post("/v1/optouts", json={"recipient": f"{NUMBER}00000", "reason": "asked"})
        yield admin.post("/v1/alerts/alertmanager", json={"text": TEXT, "to": NUMBER})
        yield admin.post("/v1/erasures", json={"number": NUMBER, "reason": "asked", "text": TEXT})
        yield admin.put("/v1/types/otp", json={"labels": {"en": TEXT + NUMBER * 9}})
        sign_in = {"name": "ana", "password": PASSWORD + "x"}
        yield admin.post("/admin/sign-in", data=sign_in)


def written(gateway: Gateway, failures: Answers) -> dict[str, str]:
    """Everything that the gateway wrote besides its database."""
    with gateway.administrator() as admin:
        pages: dict[str, Any] = {
            path: admin.get(path).text for path in ("/metrics", "/v1/audit", "/v1/events")
        }
    log = (gateway.config.parent / "gatewayd.log").read_text()
    answers = {f"answer {index}: {each.request.url.path}": each.text for index, each in enumerate(failures)}
    return {"log": log, **pages, **answers}


def test_no_text_number_or_secret_is_written_where_it_does_not_belong(
    gateway: Gateway, hooked: None, tmp_path: Path
) -> None:
    made = gatewayd(
        "user", "create", "ana", "--config", gateway.config, "--role", "viewer", "--password-file", "-",
        stdin=PASSWORD,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    token = gateway.token("shop", "send", "read")
    answers = list(use(gateway, token))
    assert [each.status_code for each in answers[:3]] == [202] * 3
    failures = [each for each in answers if each.is_error]
    assert len(failures) >= 11
    eventually(
        lambda: {message["state"] for message in gateway.messages()} == {"delivered", "failed"},
        "what was sent is delivered, and what was refused has failed",
    )
    eventually(lambda: _received(gateway), "the message from outside is there")

    secrets = {"token": token, "guess": GUESS[12:], "pin": PIN, "password": PASSWORD, "hook": HOOK_SECRET[6:]}
    words = {"text": TEXT, "secret text": CODE, "received": RECEIVED}
    numbers = {name: digits(number) for name, number in (("to", NUMBER), ("bad", BARRED), ("from", SENDER))}
    canaries = Canaries({**words, **numbers, **secrets})
    for place, content in written(gateway, failures).items():
        assert canaries.in_text(content) == [], place
    # In the database secrets are only sealed or hashed, and of the secret message nothing is left to show.
    assert [
        name for name in Canaries(secrets).in_file(_backup(gateway, tmp_path / "before")) if name != "pin"
    ] == []
    assert CODE not in json.dumps(gateway.messages())

    for number in (NUMBER, BARRED, SENDER):
        done = gatewayd("erase", "--number", number, "--reason", "asked", "--config", gateway.config)
        assert done.returncode == 0, done.stderr
        assert number not in done.stdout
    assert Canaries({**words, **numbers}).in_file(_backup(gateway, tmp_path / "after")) == []
    for place, content in written(gateway, failures).items():
        assert canaries.in_text(content) == [], place
    assert gatewayd("verify", "--config", gateway.config).returncode == 0


def _received(gateway: Gateway) -> bool:
    with gateway.administrator() as admin:
        return [each["text"] for each in admin.get("/v1/inbox").json()["messages"]] == [RECEIVED]


def _backup(gateway: Gateway, target: Path) -> Path:
    done = gatewayd("db", "backup", target, "--config", gateway.config)
    assert done.returncode == 0, done.stderr
    return target
