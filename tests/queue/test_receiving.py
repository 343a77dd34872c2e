"""Received messages: put together in any order, once, and nothing lost."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from gatewayd.events import feed
from gatewayd.queue.assembly import GAP, MAX_OPEN, WINDOW
from gatewayd.queue.lifecycle import DUE_TOPIC
from gatewayd.queue.receiving import REMEMBER, finish_incomplete, forget_parts, take_message
from gatewayd.queue.records import control
from gatewayd.queue.wishes import Rules
from gatewayd.sms.segments import segment
from gatewayd.store.inline import InlineDatabase
from tests.sms.strategies import SENTENCES

from .conftest import NOON
from .mail import OTHER_SIM, SENDER, SENT, SIM, deliver, mail, octets_of, ucs2_part, wide_mail

LONG = "A long message, which takes more than one part. " * 7
MINUTE = timedelta(minutes=1)


def take(
    database: InlineDatabase,
    *parts: bytes,
    at: datetime = NOON,
    sim: str | None = SIM,
    modem: str = "phone1",
    rules: Rules | None = None,
) -> list[str]:
    """Take parts in; return the names of the messages that they completed."""
    names = [database.transact(take_message, modem, sim, octets, at, rules or Rules()) for octets in parts]
    return [name for name in names if name is not None]


def inbox(database: InlineDatabase) -> list[Any]:
    """What was received, oldest first."""
    return database.transact(lambda tx: list(tx.execute(sql("select * from inbox order by seq"))))


def texts(database: InlineDatabase) -> list[str]:
    return [row.text for row in inbox(database)]


def open_parts(database: InlineDatabase) -> int:
    count = "select count(*) from inbox_part where inbox_seq is null"
    return int(database.transact(lambda tx: tx.execute(sql(count)).scalar()) or 0)


def finish(database: InlineDatabase, at: datetime) -> datetime | None:
    return database.transact(finish_incomplete, at)


@pytest.mark.parametrize("language", SENTENCES)
def test_message_of_one_part_is_in_the_inbox_as_it_was_written(
    database: InlineDatabase, language: str
) -> None:
    (name,) = take(database, *mail(SENTENCES[language][:60]))
    (row,) = inbox(database)
    assert (row.id, row.sender, row.text) == (name, SENDER, SENTENCES[language][:60])
    assert (row.modem, row.sim, row.parts, row.missing, row.keyword) == ("phone1", SIM, 1, 0, None)


def test_message_keeps_both_clocks(database: InlineDatabase) -> None:
    take(database, *mail("hello"))
    sent, received = database.transact(
        lambda tx: tuple(tx.execute(sql("select sent_at, received_at from inbox")).one())
    )
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert epoch + timedelta(microseconds=sent) == SENT
    assert epoch + timedelta(microseconds=received) == NOON


def test_feed_tells_of_a_message_but_neither_its_text_nor_its_sender(database: InlineDatabase) -> None:
    (name,) = take(database, *mail("a secret"))
    (event,) = database.transact(lambda tx: feed.read_after(tx, 0, 10))
    assert (event.kind, event.subject, event.client_id) == ("inbox.received", name, None)
    assert event.data == {"modem": "phone1", "sender": "+34…22", "parts": 1}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_parts_are_put_together_in_any_order(database: InlineDatabase, order: tuple[int, ...]) -> None:
    parts = mail(LONG)
    assert len(parts) == 3
    assert len(take(database, *(parts[place] for place in order))) == 1
    (row,) = inbox(database)
    assert (row.text, row.parts, row.missing) == (LONG, 3, 0)
    assert open_parts(database) == 0


@settings(max_examples=60)
@given(data=st.data())
def test_any_texts_come_once_however_their_parts_are_shuffled_and_doubled(data: st.DataObject) -> None:
    words = st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), min_size=1, max_size=400
    )
    sent = data.draw(st.lists(words | st.sampled_from(list(SENTENCES.values())), min_size=1, max_size=5))
    parts = []
    for number, text in enumerate(sent):
        # References of both widths, the same number in both; the minute tells equal texts apart.
        at = SENT + number * MINUTE
        wide = data.draw(st.booleans())
        octets = wide_mail(text, reference=number, at=at) if wide else mail(text, reference=number, at=at)
        parts += octets
    doubled = parts + data.draw(st.lists(st.sampled_from(parts), max_size=10))
    shuffled = data.draw(st.permutations(doubled))
    with InlineDatabase() as database:
        take(database, *shuffled)
        assert sorted(texts(database)) == sorted(sent)
        assert open_parts(database) == 0
        assert take(database, *shuffled) == []


def test_surrogate_pair_split_between_parts_is_joined(database: InlineDatabase) -> None:
    octets = "ab🎉c".encode("utf-16-be")
    take(database, ucs2_part(octets[6:], 2, 2), ucs2_part(octets[:6], 1, 2))
    assert texts(database) == ["ab🎉c"]


def test_half_a_pair_without_its_other_half_is_shown_as_unreadable(database: InlineDatabase) -> None:
    take(database, ucs2_part("🎉".encode("utf-16-be")[:2], 1, 2), ucs2_part("x".encode("utf-16-be"), 2, 2))
    assert texts(database) == ["\ufffdx"]


def test_parts_in_different_encodings_are_joined(database: InlineDatabase) -> None:
    udh = [bytes([5, 0, 3, 9, 2, number]) for number in (1, 2)]
    take(
        database,
        deliver(udh[0], b"\xc4\x0d", 9, 0x00),  # one fill bit, then "bc" in septets
        deliver(udh[1], "ł".encode("utf-16-be"), 8, 0x08),
    )
    (row,) = inbox(database)
    assert row.encoding == "mixed"
    assert row.text.endswith("ł")


def test_data_message_is_kept_in_hexadecimal(database: InlineDatabase) -> None:
    take(database, deliver(b"", b"\x00\xff\x1a", 3, 0x04))
    (row,) = inbox(database)
    assert (row.encoding, row.text) == ("8bit", "00FF1A")


@pytest.mark.parametrize(
    "octets", [b"", b"\x00", b"\xff\x00\x01", bytes.fromhex("00040B91"), b"\x00\x02" * 9]
)
def test_octets_that_cannot_be_read_are_kept_as_they_are(database: InlineDatabase, octets: bytes) -> None:
    (name,) = take(database, octets)
    (row,) = inbox(database)
    assert (row.id, row.encoding, row.sender, row.text) == (name, "raw", "", octets.hex().upper())
    assert take(database, octets) == []


@given(st.lists(st.binary(max_size=60), max_size=8))
@settings(max_examples=50)
def test_any_octets_are_taken_and_none_is_lost(octets: list[bytes]) -> None:
    with InlineDatabase() as database:
        take(database, *octets)
        finish(database, NOON + 2 * WINDOW)
        assert open_parts(database) == 0
        kept = database.transact(lambda tx: tx.execute(sql("select octets from inbox_part")).scalars().all())
        assert {bytes(one)[1:] for one in kept} <= {one[1:] for one in octets}


def test_part_that_comes_again_is_taken_once_also_with_other_flags_and_service_centre(
    database: InlineDatabase,
) -> None:
    (octets,) = mail("hello")
    smsc = octets[0] + 1
    more_to_send = octets[:smsc] + bytes([octets[smsc] ^ 0x04]) + octets[smsc + 1 :]
    elsewhere = b"\x00" + octets[smsc:]
    assert len(take(database, octets, octets, more_to_send, elsewhere)) == 1


def test_same_octets_on_another_sim_are_another_message(database: InlineDatabase) -> None:
    (octets,) = mail("to all our customers")
    take(database, octets)
    take(database, octets, sim=OTHER_SIM, modem="phone2")
    take(database, octets, sim=None, modem="phone3")
    take(database, octets, sim=None, modem="phone4")
    assert len(inbox(database)) == 4


def test_part_taken_before_the_sim_was_known_is_known_afterwards(database: InlineDatabase) -> None:
    (octets,) = mail("hello")
    take(database, octets, sim=None)
    assert take(database, octets, sim=SIM) == []
    assert take(database, octets, sim=None) == []


def name_sim(database: InlineDatabase) -> None:
    """The modem has told which SIM is in it."""
    known = {"modem": "phone1", "iccid": SIM, "imei": None, "since": NOON}
    database.transact(control.set_sim.change, known)


def test_part_that_comes_again_while_the_sim_is_unknown_is_taken_once(database: InlineDatabase) -> None:
    name_sim(database)
    take(database, *mail("hello"))
    assert take(database, *mail("hello"), sim=None) == []


@pytest.mark.parametrize("unknown", [0, 1, 2])
def test_parts_come_together_though_the_sim_did_not_always_tell_which_it_is(
    database: InlineDatabase, unknown: int
) -> None:
    name_sim(database)
    for number, part in enumerate(mail(LONG)):
        take(database, part, sim=None if number == unknown else SIM)
    assert texts(database) == [LONG]
    assert open_parts(database) == 0


def test_messages_of_one_sender_under_different_references_are_kept_apart(database: InlineDatabase) -> None:
    one, other = LONG + "one", LONG + "other"
    parts = zip(mail(one, reference=1), mail(other, reference=2), strict=True)
    take(database, *itertools.chain.from_iterable(parts))
    assert sorted(texts(database)) == [one, other]


def test_references_of_both_widths_are_different_ones(database: InlineDatabase) -> None:
    one, other = LONG + "one", LONG + "other"
    parts = zip(mail(one, reference=7), wide_mail(other, reference=7), strict=False)
    take(database, *itertools.chain.from_iterable(parts))
    take(database, *mail(one, reference=7), *wide_mail(other, reference=7))
    assert sorted(texts(database)) == [one, other]


def test_same_reference_used_again_begins_another_message(database: InlineDatabase) -> None:
    later = SENT + timedelta(hours=3)
    old, new = mail(LONG + "old", at=SENT), mail(LONG + "new", at=later)
    take(database, old[0])
    take(database, *new, at=NOON + timedelta(hours=3))
    take(database, *old[1:], at=NOON + timedelta(hours=4))
    assert texts(database) == [LONG + "new", LONG + "old"]


def test_part_that_its_sender_repeated_under_a_new_date_counts_once(database: InlineDatabase) -> None:
    parts, again = mail(LONG), mail(LONG, at=SENT + MINUTE)
    take(database, parts[0], again[0], again[1], parts[1], parts[2])
    assert texts(database) == [LONG]
    assert open_parts(database) == 0


def test_incomplete_message_is_delivered_after_a_day_with_what_came(database: InlineDatabase) -> None:
    parts = mail(LONG)
    pieces = [part.text for part in segment(LONG, concat_reference=1).parts]
    take(database, parts[0], parts[2])
    assert finish(database, NOON + WINDOW - MINUTE) == NOON + WINDOW
    assert inbox(database) == []
    assert finish(database, NOON + WINDOW) is None
    (row,) = inbox(database)
    assert (row.text, row.parts, row.missing) == (pieces[0] + GAP + pieces[2], 2, 1)
    assert (row.modem, row.sim, row.sender) == ("phone1", SIM, SENDER)
    # What was missing and comes at last is delivered in its turn.
    take(database, parts[1], at=NOON + WINDOW + MINUTE)
    finish(database, NOON + 2 * WINDOW + MINUTE)
    assert texts(database)[1] == GAP + pieces[1] + GAP


def test_incomplete_message_of_an_unknown_sim_keeps_it_unknown(database: InlineDatabase) -> None:
    take(database, mail(LONG)[0], sim=None, modem="phone9")
    finish(database, NOON + WINDOW)
    (row,) = inbox(database)
    assert (row.modem, row.sim) == ("phone9", None)


def test_message_that_begins_to_wait_wakes_the_timers_once(database: InlineDatabase) -> None:
    rings: list[int] = []
    parts = mail(LONG)
    with database.topics.subscribed(DUE_TOPIC, lambda: rings.append(1)):
        take(database, *mail("of one part"))
        assert rings == []
        take(database, parts[1], parts[0])
        assert rings == [1]


def test_nothing_open_is_never_due(database: InlineDatabase) -> None:
    take(database, *mail("hello"))
    assert finish(database, NOON + WINDOW) is None


def test_too_many_open_messages_make_the_oldest_give_way(database: InlineDatabase) -> None:
    for number in range(MAX_OPEN):
        take(database, wide_mail(LONG, reference=number)[0])
    assert inbox(database) == []
    take(database, mail(LONG, reference=3)[0], at=NOON + MINUTE)
    (row,) = inbox(database)
    assert (row.parts, row.missing) == (1, 2)
    assert open_parts(database) == MAX_OPEN


def test_message_of_255_parts_is_put_together(database: InlineDatabase) -> None:
    whole = "0123456789" * 3900
    parts = mail(whole)
    assert len(parts) == 255
    take(database, *reversed(parts))
    assert texts(database) == [whole]


def test_old_parts_are_forgotten_but_not_the_messages_nor_what_waits(database: InlineDatabase) -> None:
    (old,) = mail("old")
    take(database, old)
    take(database, mail(LONG)[0])
    take(database, *mail("new"), at=NOON + timedelta(days=6))
    assert database.transact(forget_parts, NOON + MINUTE, 0) == 0
    assert database.transact(forget_parts, NOON + MINUTE, 100) == 1
    assert (len(inbox(database)), open_parts(database)) == (2, 1)
    assert timedelta(days=7) == REMEMBER


@pytest.mark.parametrize(
    ("sender", "region", "expected"),
    [
        (SENDER, "ZZ", SENDER),
        ("600111222", "ES", SENDER),
        ("600111222", "ZZ", "600111222"),
        ("22770", "ES", "22770"),
        ("MyBank", "ES", "MyBank"),
    ],
)
def test_sender_is_in_e164_where_it_is_such_a_number(
    database: InlineDatabase, sender: str, region: str, expected: str
) -> None:
    take(database, *mail("hello", sender), rules=Rules(region=region))
    assert [row.sender for row in inbox(database)] == [expected]


def test_octets_of_a_part_are_kept_for_who_doubts_the_text(database: InlineDatabase) -> None:
    octets = octets_of(segment("hello").parts[0])
    take(database, octets)
    kept = database.transact(lambda tx: tx.execute(sql("select octets from inbox_part")).scalar())
    assert kept == octets
