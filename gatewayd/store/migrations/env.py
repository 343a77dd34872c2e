"""Run by Alembic for each upgrade: the connection comes from ``store/migrate.py``, which owns the transaction too."""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData

from gatewayd.store.schema import NAMING_CONVENTION

context.configure(
    connection=context.config.attributes["connection"],
    # Of this, Alembic takes the names for constraints that a step leaves unnamed.
    target_metadata=MetaData(naming_convention=NAMING_CONVENTION),
    # SQLite's DDL is transactional; BEGIN and COMMIT around each step are written by the caller.
    transactional_ddl=False,
)
context.run_migrations()
