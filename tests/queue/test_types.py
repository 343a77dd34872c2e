"""Types of messages: what they decide, and how they are changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gatewayd.audit import trail
from gatewayd.errors import InvalidRequest, NotFound, PreconditionFailed
from gatewayd.message import Priority
from gatewayd.queue.settings import QueueSettings
from gatewayd.queue.types import TypeDraft

from .conftest import Setup

OTP = TypeDraft({"en": "One-time code", "pt-BR": "Código"}, Priority.HIGH, validity=300, secret=True)


async def test_message_of_a_known_type_takes_its_priority_and_validity(setup: Setup) -> None:
    queue, _ = setup.build()
    await queue.types.put("otp", OTP, actor="test")
    seen = await setup.look(queue, await setup.send(queue, "1234", type="otp"))
    assert seen.priority is Priority.HIGH
    assert seen.expires_at is not None
    # Both were read from the clock, one just after the other.
    assert abs(seen.expires_at - seen.created_at - timedelta(seconds=300)) < timedelta(seconds=5)


async def test_message_that_says_so_itself_overrides_its_type(setup: Setup) -> None:
    queue, _ = setup.build()
    await queue.types.put("otp", OTP, actor="test")
    until = setup.clock.now() + timedelta(hours=2)
    name = await setup.send(queue, "1234", type="otp", priority=Priority.BULK, expires_at=until)
    seen = await setup.look(queue, name)
    assert (seen.priority, seen.expires_at) == (Priority.BULK, until)


async def test_unknown_type_is_any_word_unless_only_known_ones_are_taken(setup: Setup) -> None:
    queue, _ = setup.build()
    seen = await setup.look(queue, await setup.send(queue, "hello", type="ra_opened"))
    assert (seen.type, seen.priority) == ("ra_opened", Priority.NORMAL)
    setup.settings = QueueSettings(known_types_only=True)
    strict, _ = setup.build()
    await strict.types.put("otp", OTP, actor="test")
    with pytest.raises(InvalidRequest, match="none of the known types: otp") as refused:
        await setup.send(strict, "hello", type="ra_opened")
    assert refused.value.errors[0].code == "unknown_type"


async def test_type_that_is_switched_off_is_refused(setup: Setup) -> None:
    queue, _ = setup.build()
    await queue.types.put("otp", TypeDraft({"en": "Code"}, active=False), actor="test")
    with pytest.raises(InvalidRequest) as refused:
        await setup.send(queue, "1234", type="otp")
    assert [(error.field, error.code) for error in refused.value.errors] == [("type", "inactive_type")]


async def test_change_of_a_type_counts_and_is_in_the_audit(setup: Setup) -> None:
    queue, _ = setup.build()
    made, new = await queue.types.put("otp", OTP, actor="user:ana")
    same, again = await queue.types.put("otp", OTP, actor="user:ana")
    changed, _ = await queue.types.put("otp", TypeDraft({"en": "Code"}), version=1, actor="user:ana")
    assert (new, again, made.version, same.version, changed.version) == (True, False, 1, 1, 2)
    entries = setup.database.transact(lambda tx: trail.page(tx, limit=10, object="type:otp"))
    assert [entry.action for entry in entries] == ["type.put", "type.put"]
    assert entries[0].before is not None
    assert entries[0].before["secret"] is True


async def test_change_by_somebody_who_saw_an_older_version_is_refused(setup: Setup) -> None:
    queue, _ = setup.build()
    await queue.types.put("otp", OTP, actor="test")
    await queue.types.put("otp", TypeDraft({"en": "Code"}), actor="test")
    with pytest.raises(PreconditionFailed):
        await queue.types.put("otp", OTP, version=1, actor="test")
    with pytest.raises(PreconditionFailed):
        await queue.types.put("new", OTP, version=1, actor="test")
    with pytest.raises(PreconditionFailed):
        await queue.types.delete("otp", version=1, actor="test")


async def test_deleted_type_is_a_free_word_again(setup: Setup) -> None:
    queue, _ = setup.build()
    await queue.types.put("otp", OTP, actor="test")
    await queue.types.delete("otp", actor="test")
    with pytest.raises(NotFound):
        await queue.types.find("otp")
    seen = await setup.look(queue, await setup.send(queue, "1234", type="otp"))
    assert seen.priority is Priority.NORMAL


async def test_wrong_type_is_told_everything_at_once(setup: Setup) -> None:
    queue, _ = setup.build()
    wrong = TypeDraft({"fr": "Code", "en": " "}, validity=0, keep_days=-1)
    with pytest.raises(InvalidRequest) as refused:
        await queue.types.put("not a word", wrong, actor="test")
    assert [error.field for error in refused.value.errors] == [
        "code",
        "labels",
        "labels.en",
        "validity",
        "keep_days",
    ]
