"""Databases with a million messages, kept until the schema changes.

One in which all are queued, built over HTTP by arrays; and one with the same messages as a year's history.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.client import messages, number
from bench.rig import rigged
from bench.setting import Setting

MILLION = 1_000_000
_SPARE = 5_000
"""More than that, so that runs which send some of them leave a million."""
_SCHEMA = Path(__file__).parent.parent / "gatewayd" / "store" / "migrations" / "versions"


@dataclass(frozen=True, slots=True)
class Stock:
    """Such a database, not in use."""

    database: Path
    token: str
    """May send and read."""


def queued(setting: Setting) -> Stock:
    """The database in which at least a million messages wait; built where there is none."""
    directory = setting.cache / f"million-{_fingerprint()}"
    database, token = directory / "gatewayd.db", directory / "token"
    if not token.exists() or _waiting(database) < MILLION:
        # Those of older schemas, too: each takes more than a gigabyte.
        for old in setting.cache.glob("million-*"):
            shutil.rmtree(old)
        token.write_text(_build(directory))
    return Stock(database, token.read_text())


def _build(directory: Path) -> str:
    """Have them accepted; the modem's port is not there, so none leaves."""
    with rigged(directory) as rig:
        token = rig.token()
        rig.serve(ready=False)
        with rig.client(token) as client:
            for first in range(0, MILLION + _SPARE, 10_000):
                client.send_array(messages(min(10_000, MILLION + _SPARE - first), first))
    return token


#: Evenly over the last year, in the order of acceptance. Of a hundred messages 95 were sent, 2 failed, 1 was
#: cancelled and 1 expired; every hundredth went to the same recipient. Queued ones remain.
_AGE = f"""
UPDATE message SET
  sent_at = CASE WHEN seq % 100 < 95 THEN created_at - ({MILLION + _SPARE} - seq) * 31000000 + 5000000 END,
  created_at = created_at - ({MILLION + _SPARE} - seq) * 31000000,
  state = CASE WHEN seq % 100 < 95 THEN 'sent' WHEN seq % 100 < 97 THEN 'failed'
               WHEN seq % 100 = 97 THEN 'cancelled' ELSE 'expired' END,
  parts_sent = seq % 100 < 95, attempts = 1, ready = NULL, modem = 'phone1',
  recipient = CASE WHEN seq % 100 = 0 THEN '{number(0)}' ELSE recipient END
WHERE seq % 100 < 99"""  # noqa: S608 - of our own numbers


def history(setting: Setting) -> Stock:
    """The database in which 990,000 messages are over, and the rest is queued; made where there is none."""
    stock = queued(setting)
    aged = stock.database.with_name("history.db")
    if not aged.exists():
        unfinished = aged.with_suffix(".new")
        shutil.copyfile(stock.database, unfinished)
        with closing(sqlite3.connect(unfinished)) as connection, connection:
            connection.execute(_AGE)
        unfinished.rename(aged)
    return Stock(aged, stock.token)


def _waiting(database: Path) -> int:
    """How many are queued; read while nobody else has it open."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM message WHERE ready IS NOT NULL").fetchone()[0])


def _fingerprint() -> str:
    """Changes with the schema."""
    digest = hashlib.sha256()
    for step in sorted(_SCHEMA.glob("*.py")):
        digest.update(step.read_bytes())
    return digest.hexdigest()[:12]
