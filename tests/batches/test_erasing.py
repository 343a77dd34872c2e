"""Who is erased is in no row that is no message, and gets none."""

from __future__ import annotations

from trio.testing import MockClock

from gatewayd.batches.erasing import erase
from gatewayd.batches.states import State

from .conftest import Office


async def test_erased_recipient_is_gone_from_the_rows_and_is_not_sent_to(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        assert office.setup.database.transact(erase, "+34600000002") == 1
        row = (await batches.rows(None, made.id)).rows[1]
        assert (row.cells, row.to, row.text, row.errors[0].code) == ((), None, None, "erased")
        await batches.recheck(by, made.id)
        view = await office.reach(batches, made.id, State.CHECKED)
        assert (view.good, view.wrong) == (2, 1)
        await batches.approve(by, made.id)
        await office.reach(batches, made.id, State.DONE)
    assert office.setup.air.texts() == ["Hello Ana", "Hello Ewa"]


async def test_row_that_could_not_be_checked_is_found_by_its_digits(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        made = await office.make(batches, await office.token(), "to,name\nx34600000002,Rui\n")
        assert office.setup.database.transact(erase, "+34600000002") == 1
        (row,) = (await batches.rows(None, made.id)).rows
    assert row.cells == ()
