"""What the sending goes by: pace, quotas, and what is known of modems and SIMs."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, SmallInteger, String, Table, Text

from gatewayd.store.schema import UtcDateTime, metadata

pace = Table(
    "pace",
    metadata,
    Column("modem", String(32), primary_key=True),
    Column("boot_id", String(64), nullable=False),
    Column(
        "boottime", Float, nullable=False, comment="seconds; when the last 0x1A was, or was to be, written"
    ),
    Column("wall", UtcDateTime, nullable=False, comment="the same instant on the wall clock"),
)

quota_slot = Table(
    "quota_slot",
    metadata,
    Column("scope", String(10), primary_key=True, comment="sim, recipient, client"),
    Column("subject", String(40), primary_key=True),
    Column("window", Integer, primary_key=True, comment="seconds"),
    Column("slot", Integer, primary_key=True, comment="number of the sixtieth of a window since 1970"),
    Column("parts", Integer, nullable=False),
    # For forgetting what no window reaches any more.
    Index("ix_quota_slot_window", "window", "slot"),
    sqlite_with_rowid=False,
)

modem_mode = Table(
    "modem_mode",
    metadata,
    Column("modem", String(32), primary_key=True),
    Column("mode", String(10), nullable=False, comment="running, draining, paused, stopped"),
    Column("reason", Text),
    Column("changed_by", String(80), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

halt = Table(
    "halt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("halted_at", UtcDateTime, nullable=False),
    Column("resumed_at", UtcDateTime),
    Column("resumed_by", String(80)),
)

sim = Table(
    "sim",
    metadata,
    Column("modem", String(32), primary_key=True),
    Column("iccid", String(24), nullable=False),
    Column("imei", String(20)),
    Column("since", UtcDateTime, nullable=False),
)

pin_try = Table(
    "pin_try",
    metadata,
    Column("iccid", String(24), primary_key=True, comment="'' where the SIM doesn't tell before the PIN"),
    Column("pin_hash", String(64), primary_key=True),
    Column("accepted", Boolean, nullable=False),
    Column("tried_at", UtcDateTime, nullable=False),
)

modem_reset = Table(
    "modem_reset",
    metadata,
    Column("modem", String(32), primary_key=True),
    Column("rung", String(20), primary_key=True),
    Column("used_at", UtcDateTime, nullable=False),
    # When the modem last sent again after this rung.
    Column("worked_at", UtcDateTime),
)

#: How well each modem received, some times an hour, for a week.
signal = Table(
    "signal",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("modem", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("dbm", SmallInteger, comment="null: not known, as while the modem was away"),
    Index("ix_signal_modem", "modem", "at"),
)
