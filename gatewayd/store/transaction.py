"""What a transaction function works with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Executable
    from sqlalchemy.sql.selectable import TypedReturnsRows

    from gatewayd.store.session import Session

    Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]

_Row = TypeVar("_Row", bound=tuple[Any, ...])


class Tx:
    """One running transaction: the SQLAlchemy connection, and what to do once it is committed.

    A transaction function touches nothing but this: no memory, metric, clock or log, because it may be run again
    from the start when its group was rolled back. Effects are registered with ``after_commit``.
    """

    __slots__ = ("callbacks", "connection", "raw", "topics")

    def __init__(self, session: Session) -> None:
        self.connection: Connection = session.connection
        #: For ``store`` itself only: the driver's connection.
        self.raw: sqlite3.Connection = session.raw
        #: What ``after_commit`` collected, in order.
        self.callbacks: list[Callable[[], None]] = []
        #: What ``announce`` collected.
        self.topics: set[str] = set()

    @overload
    def execute(
        self, statement: TypedReturnsRows[_Row], parameters: Parameters | None = None
    ) -> CursorResult[_Row]: ...

    @overload
    def execute(self, statement: Executable, parameters: Parameters | None = None) -> CursorResult[Any]: ...

    def execute(self, statement: Executable, parameters: Parameters | None = None) -> CursorResult[Any]:
        """Execute a SQLAlchemy Core statement with one mapping of parameters, or with a list of them (executemany)."""
        return self.connection.execute(statement, parameters)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` on the trio thread after COMMIT and before the caller of ``run`` continues.

        Not called when the transaction is rolled back. An exception in it is a defect and ends the process.
        """
        self.callbacks.append(callback)

    def announce(self, topic: str) -> None:
        """Wake who subscribed to ``topic`` (``Runner.topics``) after COMMIT; several times count once."""
        self.topics.add(topic)
