"""Group commit: several transactions behind one COMMIT, on the thread of the writing connection.

BEGIN IMMEDIATE, then each member inside a savepoint, then one COMMIT. A member that raises is rolled back to its
savepoint and the others are untouched: unless SQLite has rolled the *whole* transaction back, which it does when the
disk is full, on an interrupt, and on some I/O errors. The savepoints are gone then, and the group is void: each
member that had begun is run again from its start, alone. (``in_transaction`` tells; the error does not.)

No member has an outcome before the COMMIT that it depends on.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field

import outcome

from gatewayd.errors import StorageFailed, StorageFull
from gatewayd.store.faults import Fault, classify, storage_failed
from gatewayd.store.member import Member
from gatewayd.store.reserve import Reserve
from gatewayd.store.runner import Lane
from gatewayd.store.session import Session
from gatewayd.store.transaction import Tx

#: A checkpoint is due after so many commits or changed rows: 10 MiB of write-ahead log, more or less.
_CHECKPOINT_COMMITS = 200
_CHECKPOINT_CHANGES = 8000


@dataclass(slots=True)
class Report:
    """What became of a group."""

    begun: list[Member] = field(default_factory=list)
    """Members that were begun: they have their outcome, unless there is a ``failure``."""
    left: list[Member] = field(default_factory=list)
    """Members whose turn did not come."""
    seconds: float = 0.0
    """From BEGIN to after the last COMMIT."""
    failure: StorageFailed | None = None
    """The database can't be trusted any more: what has no outcome is in doubt."""


class _GroupVoid(Exception):
    """The whole transaction is gone; the cause says why, where an error said so."""


class Writer:
    """Runs groups on one session. Everything here happens on the session's thread."""

    def __init__(self, session: Session, reserve: Reserve) -> None:
        self._session = session
        self._raw = session.raw
        self._reserve = reserve
        self._commits = 0
        self._checkpointed_changes = self._raw.total_changes

    def run_group(self, members: list[Member], seconds: float) -> Report:
        """Run members in their order, begin none after ``seconds``, and commit those that were begun."""
        start = time.perf_counter()
        report = Report()
        try:
            if len(members) > 1 and not self._reserve.released:
                self._together(members, start + seconds, report)
            else:
                self._one_by_one(members, report)
        except StorageFailed as failure:
            report.failure = failure
        except sqlite3.Error as error:
            # BEGIN, SAVEPOINT or ROLLBACK itself failed: nothing is known about the connection any more.
            report.failure = storage_failed(error)
        if len(report.begun) < len(members):
            begun = set(report.begun)
            report.left = [member for member in members if member not in begun]
        report.seconds = time.perf_counter() - start
        return report

    def _one_by_one(self, members: list[Member], report: Report) -> None:
        for member in members:
            if member.begin():
                report.begun.append(member)
                self._alone(member)

    def _together(self, members: list[Member], deadline: float, report: Report) -> None:
        tentative: list[tuple[outcome.Outcome[object], Tx]] = []
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            for member in members:
                if tentative and time.perf_counter() >= deadline:
                    break
                if member.begin():
                    report.begun.append(member)
                    tentative.append(self._inside_savepoint(member))
            self._commit()
        except (_GroupVoid, sqlite3.Error) as error:
            self._roll_back()
            self._raise_if_failed(error.__cause__ if isinstance(error, _GroupVoid) else error)
            for member in report.begun:
                self._alone(member)
        else:
            for member, (result, tx) in zip(report.begun, tentative, strict=True):
                member.finish(result, tx)

    def _inside_savepoint(self, member: Member) -> tuple[outcome.Outcome[object], Tx]:
        """Run a member and return what it came to, if the group commits. Raises _GroupVoid."""
        tx = Tx(self._session)
        result: outcome.Outcome[object]
        self._raw.execute("SAVEPOINT member")
        try:
            result = outcome.Value(member.call(tx))
        except BaseException as error:
            if not self._raw.in_transaction or classify(error) is not Fault.NONE:
                raise _GroupVoid from error
            self._raw.execute("ROLLBACK TO member")
            result = outcome.Error(error)
        if not self._raw.in_transaction:
            # The function has caught the error that ended the transaction.
            raise _GroupVoid
        self._raw.execute("RELEASE member")
        return result, tx

    def _alone(self, member: Member) -> None:
        """Run a member as a transaction of its own and give it its outcome. Raises StorageFailed."""
        urgent = member.lane is Lane.OUTCOME
        written = (urgent or not self._reserve.released) and self._try_alone(member)
        if not written and urgent and self._reserve.release():
            written = self._try_alone(member)
        if not written:
            member.finish(outcome.Error(StorageFull()), Tx(self._session))

    def _try_alone(self, member: Member) -> bool:
        """Run a member and give it its outcome; False where there was no space for it."""
        tx = Tx(self._session)
        result: outcome.Outcome[object]
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            result = outcome.Value(member.call(tx))
            self._commit()
        except BaseException as error:  # noqa: BLE001 - it is the caller's: handed over, not swallowed
            self._roll_back()
            self._raise_if_failed(error)
            if classify(error) is Fault.FULL:
                return False
            result = outcome.Error(error)
        member.finish(result, tx)
        return True

    def _commit(self) -> None:
        self._raw.execute("COMMIT")
        self._commits += 1

    def _roll_back(self) -> None:
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def _raise_if_failed(self, error: BaseException | None) -> None:
        if error is not None and classify(error) is Fault.FAILED:
            raise storage_failed(error) from error

    @property
    def checkpoint_due(self) -> bool:
        """Whether the write-ahead log has grown enough for ``checkpoint``."""
        changes = self._raw.total_changes - self._checkpointed_changes
        return self._commits >= _CHECKPOINT_COMMITS or changes >= _CHECKPOINT_CHANGES

    def checkpoint(self) -> None:
        """Copy the write-ahead log into the database. Raises StorageFailed.

        SQLite does this by itself after a COMMIT, but then hides its errors: after an fsync that failed unseen, the
        next one succeeds without having written anything, and the log is overwritten.
        """
        self._commits = 0
        self._checkpointed_changes = self._raw.total_changes
        try:
            self._raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            # A full disk only means that the log grows on; what is in it is safe.
            self._raise_if_failed(error)
