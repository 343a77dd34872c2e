"""The report: every row has its verdict, and every error names its column."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import trio
from trio.testing import MockClock

from gatewayd.batches import checkrun
from gatewayd.batches.sheets import open_objects
from gatewayd.batches.states import State
from gatewayd.batches.view import BatchDraft, Options
from gatewayd.errors import InvalidRequest, KeyReused
from gatewayd.message import Priority
from gatewayd.queue.admission import Admission
from gatewayd.queue.draft import IdempotencyKey
from gatewayd.queue.routing import Routing
from gatewayd.queue.settings import PricesSettings
from gatewayd.queue.types import TypeDraft
from gatewayd.templates.fields import Field, FieldType
from gatewayd.templates.view import Channel, Place, TemplateDraft

from .conftest import HELLO, Office

BILL = TemplateDraft(
    (
        Field("name"),
        Field("amount", FieldType.NUMBER),
        Field("note", required=False),
    ),
    "{{ name }}: {{ amount|currency('EUR') }}{% if note %} ({{ note }}){% endif %}",
)


async def test_every_row_has_its_verdict_and_errors_name_their_column(
    office: Office, autojump_clock: MockClock
) -> None:
    csv = (
        "to;Nome\n"
        "+34600000001;Ana\n"
        "12;Rui\n"
        "+34600000003;\n"
        "+34 600 00 00 01;Ana\n"
        "+34600000004;Ewa;more\n"
        "\n"
        "+34600000005;Jan\n"
    )
    draft = BatchDraft("hello", text="Hello {{ Nome }}")
    async with office.running() as batches:
        made = await office.make(batches, await office.token(), csv, draft)
        rows = await office.rows(batches, made.id)
        detail = await batches.detail(None, made.id)
    assert (made.rows, made.checked, made.good, made.wrong, made.parts) == (6, 6, 2, 4, 2)
    assert [(row.number, row.state) for row in rows] == [
        (1, "good"),
        (2, "wrong"),
        (3, "wrong"),
        (4, "wrong"),
        (5, "wrong"),
        (6, "good"),
    ]
    assert [[(error.field, error.code) for error in row.errors] for row in rows[1:5]] == [
        [("to", rows[1].errors[0].code)],
        [("Nome", "required")],
        [("to", "duplicate")],
        [("", "columns")],
    ]
    assert rows[3].errors[0].message == "is the recipient of row 1 already"
    assert rows[0].text == "Hello Ana"
    assert detail.problems["duplicate"] == 1
    assert (await batches.rows(None, made.id, errors=True, limit=2)).next == 3


async def test_row_of_who_opted_out_is_told_so(office: Office, autojump_clock: MockClock) -> None:
    async with office.running() as batches:
        await office.queue.opt_outs.add("+34600000002", reason="asked by phone", actor="user:ana")
        made = await office.make(batches, await office.token())
        (row,) = (await batches.rows(None, made.id, errors=True)).rows
    assert (row.number, row.errors[0].field, row.errors[0].code) == (2, "to", "opted_out")


async def test_template_is_filled_with_columns_and_its_version_is_remembered(
    office: Office, autojump_clock: MockClock
) -> None:
    csv = "phone,name,amount,note\n+34600000001,Ana,12.5,\n+34600000002,Rui,lots,\n+34600000003,Ewa,7,late\n"
    async with office.running() as batches:
        await office.templates.put(Place("bill", Channel.SMS, "es"), BILL, actor="user:ana")
        draft = BatchDraft("bills", recipient_column="phone", template="bill", language="ca")
        with pytest.raises(InvalidRequest, match="there is 'bill' in es only"):
            await office.make(batches, await office.token(), csv, draft)
        await office.templates.put(Place("bill", Channel.SMS, "en"), BILL, actor="user:ana")
        made = await office.make(batches, await office.token(), csv, draft)
        rows = await office.rows(batches, made.id)
    assert made.template_label == "bill/sms/en@1"
    assert [row.text for row in rows] == ["Ana: €12.50", None, "Ewa: €7.00 (late)"]
    assert [(error.field, error.code) for error in rows[1].errors] == [("amount", "format")]


async def test_batch_that_is_wrong_as_such_is_refused_before_its_rows_are_read(office: Office) -> None:
    queue, _ = office.setup.build()
    batches = office.build(queue)
    await office.templates.put(Place("bill", Channel.SMS, "en"), BILL, actor="user:ana")
    by = await office.token()
    wrong = {
        BatchDraft(""): ["name", "text"],
        BatchDraft("x", text="a", template="b"): ["text"],
        BatchDraft("x", text="{{ nmae }}"): ["text"],
        BatchDraft("x", text="a", recipient_column="phone"): ["recipient_column"],
        BatchDraft("x", text="a", options=Options(reference_column="ref")): ["reference_column"],
        BatchDraft("x", text="a", options=Options(modem="none", type="not a word")): ["type", "modem"],
        BatchDraft("x", text="a", language="xx"): ["language"],
        BatchDraft("x", template="none"): ["template"],
        BatchDraft("x", template="bill"): ["columns"],
    }
    for draft, fields in wrong.items():
        with pytest.raises(InvalidRequest) as refused:
            await batches.create(by, draft, office.hello()[1])
        assert [error.field for error in refused.value.errors] == fields
    assert (await batches.page(None)).batches == ()


async def test_upload_that_breaks_off_leaves_nothing(office: Office, autojump_clock: MockClock) -> None:
    csv = "to,name\n" + "+34600000001,Ana\n" * 600 + '+34600000002,"Rui\n'
    async with office.running() as batches:
        with pytest.raises(InvalidRequest, match="can't be read at line"):
            await office.make(batches, await office.token(), csv)
        await trio.sleep(1)
        assert (await batches.page(None)).batches == ()
    for table in ("managed_batch", "batch_row"):
        count = office.setup.database.transact(
            lambda tx, table=table: tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
        )
        assert count == 0


async def test_more_rows_than_allowed_are_refused(office: Office, autojump_clock: MockClock) -> None:
    office.settings = office.settings.model_copy(update={"max_rows": 2})
    async with office.running() as batches:
        with pytest.raises(InvalidRequest) as refused:
            await office.make(batches, await office.token())
    assert [(error.field, error.code) for error in refused.value.errors] == [("file", "too_many")]


async def test_same_key_makes_one_batch_and_another_request_under_it_none(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        key = IdempotencyKey("k1", "fingerprint")
        first, replayed = await batches.create(by, *office.hello(), key=key)
        second, again = await batches.create(by, *office.hello(), key=key)
        with pytest.raises(KeyReused):
            await batches.create(by, *office.hello(), key=IdempotencyKey("k1", "another"))
        other, _ = await batches.create(await office.token("other"), *office.hello(), key=key)
    assert (first.id, replayed, again) == (second.id, False, True)
    assert other.id != first.id


async def test_check_after_a_restart_goes_on_where_it_was(
    office: Office, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkrun, "_SLICES", 1)
    csv = "to,name\n" + "".join(f"+346{number:08},Ana\n" for number in range(700)) + "+34600000001,Rui\n"
    queue, _ = office.setup.build()
    batches = office.build(queue)
    made, _ = await batches.create(await office.token(), *office.hello(csv))
    await batches.turn()
    assert (await batches.find(None, made.id)).checked == 250
    async with office.running() as later:
        view = await office.reach(later, made.id, State.CHECKED)
        rows = await office.rows(later, made.id)
    assert (view.checked, view.good) == (701, 700)
    assert [(error.code, row.number) for row in rows for error in row.errors] == [("duplicate", 701)]


async def test_checking_again_takes_what_has_changed_since_into_account(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        await office.queue.opt_outs.add("+34600000002", reason="asked by phone", actor="user:ana")
        again = await batches.recheck(by, made.id, version=made.version)
        assert again.state is State.DRAFT
        view = await office.reach(batches, made.id, State.CHECKED)
    assert (made.good, view.good, view.parts) == (3, 2, 2)


async def test_objects_may_be_rows_and_wrong_ones_are_told(office: Office, autojump_clock: MockClock) -> None:
    rows = [
        {"to": "+34600000001", "name": "Ana"},
        {"to": "+34600000002", "name": ["Rui"]},
        {"to": "+34600000003", "nmae": "Ewa"},
        {"to": 34600000004, "name": 7},
    ]
    async with office.running() as batches:
        made, _ = await batches.create(await office.token(), HELLO, open_objects(rows))
        await office.reach(batches, made.id, State.CHECKED)
        found = await office.rows(batches, made.id)
    assert [[(error.field, error.code) for error in row.errors] for row in found[1:3]] == [
        [("name", "type")],
        [("nmae", "unknown_key")],
    ]
    assert found[3].cells == ("34600000004", "7")


async def test_priority_is_bulk_unless_the_batch_or_its_type_says_otherwise(
    office: Office, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        await office.queue.types.put("otp", TypeDraft({"en": "Code"}, Priority.HIGH), actor="user:ana")
        by = await office.token()
        priorities = {}
        for name, options in {
            "plain": Options(),
            "typed": Options(type="otp"),
            "said": Options(type="otp", priority=Priority.NORMAL),
        }.items():
            draft = BatchDraft(name, text="Hello {{ name }}", options=options)
            made = await office.make(batches, by, draft=draft)
            await batches.approve(by, made.id)
            await office.reach(batches, made.id, State.RUNNING)
            await trio.sleep(0.1)
            row = (await batches.rows(None, made.id)).rows[0]
            assert row.message_id is not None
            priorities[name] = (await office.queue.detail(None, row.message_id)).message.priority
    assert priorities == {"plain": Priority.BULK, "typed": Priority.HIGH, "said": Priority.NORMAL}


async def test_estimate_tells_parts_price_and_when_the_last_would_leave(
    office: Office, autojump_clock: MockClock
) -> None:
    csv = "to,name\n" + "".join(f"+346{number:08},{'A' * 200}\n" for number in range(10))
    prices = PricesSettings(currency="EUR", default=Decimal("0.05"))
    setup = office.setup
    async with office.running() as batches:
        routing = Routing(setup.routes, setup.modems)
        office.queue.admit_by(Admission(setup.settings, setup.recipients, routing, prices=prices))
        made = await office.make(batches, await office.token(), csv)
        detail = await batches.detail(None, made.id)
        now = office.setup.clock.now()
    assert (made.parts, made.price, detail.currency) == (20, 1_000_000, "EUR")
    assert detail.ends_at is not None
    assert abs(detail.ends_at - now - 19 * timedelta(seconds=7)) < timedelta(seconds=2)
