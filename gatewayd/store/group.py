"""Group commit: several transactions behind one COMMIT, on the thread of the writing connection.

BEGIN IMMEDIATE, then each member inside a savepoint, then one COMMIT. A member that raises is rolled back to its
savepoint and the others are untouched: unless SQLite has rolled the *whole* transaction back, which it does when the
disk is full, on an interrupt, and on some I/O errors. The savepoints are gone then, and the group is void: each
member that had begun is run again from its start, alone. (``in_transaction`` tells; the error does not.)
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import outcome

from gatewayd.errors import StorageFailed, StorageFull
from gatewayd.store.faults import Fault, classify
from gatewayd.store.member import Member
from gatewayd.store.reserve import Reserve
from gatewayd.store.runner import Lane
from gatewayd.store.session import Session
from gatewayd.store.transaction import Tx


@dataclass(slots=True)
class Report:
    """What became of a group."""

    begun: list[Member] = field(default_factory=list)
    """Members that have their outcome now."""
    left: list[Member] = field(default_factory=list)
    """Members whose turn did not come within the time."""
    seconds: float = 0.0
    """From BEGIN to after the last COMMIT."""
    failure: StorageFailed | None = None
    """The database can't be trusted any more: members without an outcome have this one."""


class Writer:
    """Runs groups on one session. Everything here happens on the session's thread."""

    def __init__(self, session: Session, reserve: Reserve) -> None:
        self._session = session
        self._raw = session.raw
        self._reserve = reserve

    def run_group(self, members: list[Member], seconds: float) -> Report:
        """Run members in their order, at most for ``seconds`` (the one that runs is finished), and commit them."""
        start = time.perf_counter()
        report = Report()
        try:
            if len(members) > 1:
                self._together(members, start + seconds, report)
            elif members[0].begin():
                report.begun.append(members[0])
                self._alone(members[0])
        except StorageFailed as failure:
            report.failure = failure
        report.seconds = time.perf_counter() - start
        return report

    def _together(self, members: list[Member], deadline: float, report: Report) -> None:
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            for index, member in enumerate(members):
                if report.begun and time.perf_counter() >= deadline:
                    report.left = members[index:]
                    break
                if member.begin():
                    report.begun.append(member)
                    if not self._inside_savepoint(member):
                        report.left = members[index + 1 :]
                        break
            if self._raw.in_transaction:
                self._raw.execute("COMMIT")
                return
        except Exception as error:  # noqa: BLE001 - any error of BEGIN, SAVEPOINT or COMMIT: the group is void
            self._roll_back()
            self._raise_if_failed(error)
        for member in report.begun:
            member.outcome = None
        for member in report.begun:
            self._alone(member)

    def _inside_savepoint(self, member: Member) -> bool:
        """Run a member; False where the whole transaction is gone."""
        tx = Tx(self._session)
        self._raw.execute("SAVEPOINT member")
        try:
            member.outcome = outcome.Value(member.call(tx))
        except BaseException as error:  # noqa: BLE001 - it is the caller's: handed over, not swallowed
            self._raise_if_failed(error)
            if not self._raw.in_transaction or classify(error) is Fault.FULL:
                self._roll_back()
                return False
            self._raw.execute("ROLLBACK TO member")
            member.outcome = outcome.Error(error)
        else:
            if not self._raw.in_transaction:
                return False
            member.callbacks, member.topics = tx.callbacks, tx.topics
        self._raw.execute("RELEASE member")
        return True

    def _alone(self, member: Member) -> None:
        """Run a member as a transaction of its own and give it its outcome."""
        settled = self._try_alone(member)
        if settled is None and member.lane is Lane.OUTCOME and self._reserve.release():
            settled = self._try_alone(member)
        member.outcome = outcome.Error(StorageFull()) if settled is None else settled

    def _try_alone(self, member: Member) -> outcome.Outcome[object] | None:
        """The outcome of a transaction, or None where there was no space for it."""
        if self._reserve.released and member.lane is not Lane.OUTCOME:
            return None
        tx = Tx(self._session)
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            value = member.call(tx)
            self._raw.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - it is the caller's: handed over, not swallowed
            self._roll_back()
            self._raise_if_failed(error)
            return None if classify(error) is Fault.FULL else outcome.Error(error)
        member.callbacks, member.topics = tx.callbacks, tx.topics
        return outcome.Value(value)

    def _roll_back(self) -> None:
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def _raise_if_failed(self, error: BaseException) -> None:
        if classify(error) is Fault.FAILED:
            raise StorageFailed(f"{StorageFailed.__doc__} [{error}]") from error
