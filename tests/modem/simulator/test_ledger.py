from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatewayd.modem.simulator import Entry, Ledger, Parts, accepted, read


def entry(**changes: object) -> Entry:
    fields = {
        "at": datetime(2026, 1, 5, 8, 0, 0, 123456, tzinfo=UTC),
        "monotonic": 12.25,
        "event": "accepted",
        "modem": "phone1",
        "imei": "356900000000001",
        "iccid": "8934070000000000001",
        "mr": 255,
        "to": "+34600000001",
        "text": "Olá, què tal? 👋",
        "encoding": "ucs2",
        "pdu": "00AB",
    }
    return Entry(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def test_ledger_entries_written_are_read_back_as_they_were(path: Path) -> None:
    written = [entry(), entry(event="refused", mr=None, kind="cms", code=38), entry(parts=Parts(7, 3, 2))]
    with Ledger(path) as ledger:
        for one in written:
            ledger.append(one)
        assert read(path) == written == ledger.entries


def test_ledger_line_is_one_json_object_for_other_programs(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.append(entry(parts=Parts(7, 3, 2)))
    (line,) = path.read_text().splitlines()
    fields = json.loads(line)
    assert fields["at"] == "2026-01-05T08:00:00.123456+00:00"
    assert fields["parts"] == {"ref": 7, "total": 3, "n": 2}
    assert fields["text"] == "Olá, què tal? 👋"


def test_ledger_text_with_line_ends_and_half_a_pair_stays_one_entry(path: Path) -> None:
    strange = entry(text="a\r\nb\u2028c\ud83d\x00")
    with Ledger(path) as ledger:
        ledger.append(strange)
    assert read(path) == [strange]


def test_read_missing_file_yields_nothing(path: Path) -> None:
    assert read(path) == []


def test_read_line_without_its_end_is_left_out(path: Path) -> None:
    path.write_bytes((entry().to_json() + "\n" + entry().to_json()[:30]).encode())
    assert read(path) == [entry()]


def test_ledger_opened_after_a_killed_writer_continues_on_a_line_of_its_own(path: Path) -> None:
    path.write_bytes((entry().to_json() + "\n" + entry().to_json()[:30]).encode())
    with Ledger(path) as ledger:
        ledger.append(entry(mr=1))
    assert [one.mr for one in read(path)] == [255, 1]


def test_ledger_without_path_keeps_entries_in_memory() -> None:
    ledger = Ledger()
    ledger.append(entry())
    ledger.close()
    assert ledger.entries == [entry()]


def test_ledger_on_a_full_disk_raises() -> None:
    with Ledger(Path("/dev/full")) as ledger, pytest.raises(OSError, match="No space left"):
        ledger.append(entry())


def test_accepted_leaves_refused_ones_out() -> None:
    assert accepted([entry(), entry(event="refused")]) == [entry()]
