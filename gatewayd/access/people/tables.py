"""The tables of people and their sessions. Private to this package."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table

from gatewayd.store.schema import UtcDateTime, metadata

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True, comment="what they sign in with, in lower case"),
    Column("display_name", String(100), nullable=False),
    Column("language", String(8), nullable=False),
    Column("email", String(254)),
    Column("disabled", Boolean(create_constraint=False), nullable=False, comment="can't sign in"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("signed_in_at", UtcDateTime, comment="last time"),
    Column("password", String(256), nullable=False, comment="argon2id, as a PHC string"),
    Column("password_at", UtcDateTime, nullable=False, comment="when it was set"),
    Column(
        "temporary",
        Boolean(create_constraint=False),
        nullable=False,
        comment="somebody else set the password",
    ),
    Column("totp", LargeBinary, comment="sealed secret of the second factor"),
    Column("totp_at", UtcDateTime, comment="when it was confirmed; NULL: not in force"),
    Column("totp_step", Integer, comment="time step of the last accepted code: none is accepted twice"),
)

person_role = Table(
    "person_role",
    metadata,
    Column("person_id", Integer, ForeignKey("person.id"), primary_key=True),
    Column("role", String(16), primary_key=True),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person_id", Integer, ForeignKey("person.id"), primary_key=True),
    Column(
        "digest", LargeBinary(32), primary_key=True, comment="SHA-256; the row goes when the code is used"
    ),
)

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "digest", LargeBinary(32), nullable=False, unique=True, comment="SHA-256 of what the browser holds"
    ),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, comment="to the minute"),
    Column("proven_at", UtcDateTime, nullable=False, comment="when the password was last given"),
    Column("address", String(45), nullable=False),
    Column("agent", String(200), nullable=False, comment="what the browser calls itself, cut"),
)

first_start = Table(
    "first_start",
    metadata,
    Column("id", Integer, primary_key=True, comment="1"),
    Column("digest", LargeBinary(32), nullable=False, comment="SHA-256 of the link's secret"),
    Column("expires_at", UtcDateTime, nullable=False),
)
