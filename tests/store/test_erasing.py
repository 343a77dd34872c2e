"""What is deleted is overwritten in the file."""

from __future__ import annotations

from pathlib import Path

from gatewayd.store.sqlite import open_raw_writer


def test_what_was_erased_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "erased.db"
    raw = open_raw_writer(path)
    raw.execute("CREATE TABLE t (a TEXT, b TEXT)")
    raw.execute("CREATE INDEX i ON t (a)")
    rows = [(f"canary {number}", "canary " * (number % 900)) for number in range(2000)]
    raw.executemany("INSERT INTO t VALUES (?, ?)", rows)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"canary" in path.read_bytes()
    raw.execute("UPDATE t SET a = '', b = ''")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    assert b"canary" not in path.read_bytes()
