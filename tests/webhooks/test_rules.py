"""The small rules: kinds, signatures, answers, the plan."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

import gatewayd
from gatewayd.webhooks.kinds import FAMILIES, Interest, complaint
from gatewayd.webhooks.outcome import Outcome, of_answer, parse_retry_after
from gatewayd.webhooks.payload import body, event_id
from gatewayd.webhooks.progress import PLAN
from gatewayd.webhooks.settings import WebhooksSettings
from gatewayd.webhooks.signing import headers, new_secret, secret_complaint

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("patterns", "kind", "wanted"),
    [
        (("*",), "message.sent", True),
        (("message.*",), "message.sent", True),
        (("message.*",), "messages.sent", False),
        (("message.sent",), "message.sent", True),
        (("message.sent",), "message.sending", False),
        (("modem.*", "message.failed"), "message.failed", True),
        (("*",), "webhook.disabled", False),
    ],
)
def test_patterns_name_kinds(patterns: tuple[str, ...], kind: str, wanted: bool) -> None:
    assert Interest(patterns, None).wants(kind, 1) is wanted


@pytest.mark.parametrize("pattern", ["*", "message.*", "message.sent", "inbox.received", "modem.sim_changed"])
def test_pattern_of_known_events_is_fine(pattern: str) -> None:
    assert complaint(pattern) is None


@pytest.mark.parametrize(
    "pattern", ["", "message", "message*", "*.sent", "Message.sent", "mesage.*", "webhook.*"]
)
def test_pattern_that_names_nothing_is_refused(pattern: str) -> None:
    assert complaint(pattern)


def test_every_kind_of_event_belongs_to_a_family_that_can_be_subscribed_to() -> None:
    source = "\n".join(path.read_text() for path in Path(gatewayd.__path__[0]).rglob("*.py"))
    literal = re.findall(r'(?:feed|events)\.append\(\s*tx,\s*f?"([a-z_]+)\.', source)
    assert set(literal) <= {*FAMILIES, "webhook"}
    assert {"message", "inbox", "modem", "queue"} <= {*literal}


def test_made_secret_is_what_the_specification_asks_for() -> None:
    secret = new_secret()
    assert secret_complaint(secret) is None
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_not base64!",
        "whsec_ä",
    ],
)
def test_secret_of_another_form_is_refused(secret: str) -> None:
    assert secret_complaint(secret)


def test_receiver_with_the_specifications_library_takes_what_either_secret_signed() -> None:
    old, new = new_secret(), new_secret()
    content = body("message.sent", NOW, {"text": "Olá – ž"}, seq=7)
    signed = headers([new, old], event_id(7, NOW), datetime.now(UTC), content)
    for secret in (old, new):
        assert Webhook(secret).verify(content, signed)["data"] == {"text": "Olá – ž"}


def test_signature_is_that_of_the_specifications_example() -> None:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    signed = headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        at,
        b'{"test": 2432232314}',
    )
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_event_ids_of_one_number_at_different_times_differ() -> None:
    assert event_id(7, NOW) != event_id(7, NOW + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("999999999", 86_400.0),
        ("Mon, 05 Jan 2026 12:01:00 GMT", 60.0),
        ("Mon, 05 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("1.5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_answer_of_the_two_hundreds_is_a_delivery(status: int) -> None:
    assert of_answer(status, 0.1, b"", retry_after=None, now=NOW).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("status", [199, 300, 301, 304, 400, 404, 410, 500])
def test_any_other_answer_is_none_and_its_retry_after_means_nothing(status: int) -> None:
    result = of_answer(status, 0.1, b"", retry_after="5", now=NOW)
    assert (result.outcome, result.retry_after) == (Outcome.REFUSED, None)


def test_plan_is_the_specifications() -> None:
    assert [timedelta(seconds=wait) for wait in PLAN] == [
        timedelta(0),
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
    ]


def test_file_of_authorities_that_holds_none_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    with pytest.raises(ValidationError, match="can't be read: No such file"):
        WebhooksSettings(ca_file=empty)
    empty.write_text("nothing")
    with pytest.raises(ValidationError, match="no certificate in PEM"):
        WebhooksSettings(ca_file=empty)
