"""SQLAlchemy over a raw SQLite connection that somebody else opened."""

from __future__ import annotations

import sqlite3

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool


class Session:
    """One SQLAlchemy connection for the life of one raw connection; all of it belongs to one thread.

    The driver doesn't begin transactions by itself (``isolation_level`` None): who owns the session writes BEGIN,
    SAVEPOINT and COMMIT on ``raw``. SQLAlchemy's own transaction object is begun once and never ended, so that
    neither a statement nor an error makes it send a ROLLBACK that we did not ask for.
    """

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self._engine = create_engine(
            "sqlite://",
            creator=lambda: raw,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,  # errors are logged, and the parameters are numbers and texts
        )
        self.connection = self._engine.connect()
        self.connection.begin()

    def close(self) -> None:
        """Let go of the raw connection, SQLAlchemy's side first, and close it."""
        self.connection.close()
        self._engine.dispose()
        self.raw.close()
