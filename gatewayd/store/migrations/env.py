"""Run by Alembic for each upgrade: the connection comes from ``store/migrate.py``, which owns the transaction too."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite's DDL is transactional; BEGIN and COMMIT around each step are written by the caller.
    transactional_ddl=False,
)
context.run_migrations()
