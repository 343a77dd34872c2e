"""A second pair of eyes: above a size, whoever made a batch can't release it, and no program can."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from gatewayd.access.roles import Role
from gatewayd.access.scopes import Principal, Scope
from gatewayd.batches.approval import ApproverRequired, SelfApproval
from gatewayd.batches.settings import BatchesSettings
from gatewayd.batches.states import State

from .conftest import Office


@pytest.fixture
def strict(office: Office) -> Office:
    office.settings = BatchesSettings(approval_above=2)
    return office


async def test_small_batch_is_released_by_who_made_it(office: Office, autojump_clock: MockClock) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        assert not made.needs_second_person
        assert (await batches.approve(by, made.id)).state is State.APPROVED


async def test_large_batch_is_released_by_a_person_who_did_not_make_it(
    strict: Office, autojump_clock: MockClock
) -> None:
    async with strict.running() as batches:
        ana = await strict.person("ana", Role.OPERATOR, Role.APPROVER)
        rui = await strict.person("rui", Role.APPROVER)
        made = await strict.make(batches, ana)
        assert made.needs_second_person
        with pytest.raises(SelfApproval) as refused:
            await batches.approve(ana, made.id)
        assert refused.value.code == "self_approval"
        approved = await batches.approve(rui, made.id, reason="checked with marketing")
    assert (approved.created_by, approved.approved_by) == ("user:ana", "user:rui")


async def test_size_is_counted_in_rows_that_can_be_sent(strict: Office, autojump_clock: MockClock) -> None:
    csv = "to,name\n+34600000001,Ana\n+34600000002,Rui\n12,Ewa\n13,Jan\n"
    async with strict.running() as batches:
        ana = await strict.person("ana")
        made = await strict.make(batches, ana, csv)
        assert (await batches.approve(ana, made.id)).state is State.APPROVED


async def test_no_program_releases_a_large_batch_whatever_its_token_allows(
    strict: Office, autojump_clock: MockClock
) -> None:
    async with strict.running() as batches:
        made = await strict.make(batches, await strict.token())
        for scopes in ({Scope.SEND, Scope.READ}, {Scope.ADMIN}):
            number = await strict.setup.client("shop")
            program = Principal(number, "shop", "2", frozenset(scopes), "client:shop/2")
            with pytest.raises(ApproverRequired):
                await batches.approve(program, made.id)


async def test_person_without_the_permission_releases_no_large_batch(
    strict: Office, autojump_clock: MockClock
) -> None:
    async with strict.running() as batches:
        made = await strict.make(batches, await strict.token())
        with pytest.raises(ApproverRequired):
            await batches.approve(await strict.person("rui", Role.OPERATOR), made.id)
