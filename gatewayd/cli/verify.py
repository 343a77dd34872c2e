"""`gatewayd verify`: whether a database, live or copied, holds what it must."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewayd.cli import FAILED
from gatewayd.cli.connection import RequestFailed, Target, Unreachable, connect, listens
from gatewayd.cli.options import ConfigOption, JsonOption, SocketOption, read_config
from gatewayd.cli.output import print_json
from gatewayd.errors import GatewaydError, StorageFailed

#: Makes one page of a check: its name, the cursor; returns ``findings``, ``rows`` and the next ``cursor``.
_Pages = Callable[[str, str], Awaitable[dict[str, Any]]]

#: Most findings that are kept and printed; of a broken database there may be one for each row.
_LISTED = 1000


@dataclass
class _Report:
    """What was found so far."""

    findings: list[str] = field(default_factory=list)
    count: int = 0
    """Of findings, listed or not."""
    pages: int = 0
    """That were read, of all checks."""
    rows: dict[str, int] = field(default_factory=dict)
    """How many were looked at, by check."""
    audit_head: str | None = None
    """The newest row of the audit, as ``number:hash``: kept elsewhere, it proves the audit up to there."""

    def add(self, findings: list[str]) -> None:
        self.count += len(findings)
        self.findings += findings[: _LISTED - len(self.findings)]


def verify(
    database: Annotated[
        Path | None,
        typer.Option("--database", help="A database file that no gatewayd runs on, such as a backup."),
    ] = None,
    config: ConfigOption = None,
    socket: SocketOption = None,
    json: JsonOption = False,
) -> None:
    """Check all of a database: the file, the audit's chain, the feed, and every message. Changes nothing.

    Exits 1 where something is wrong. A running gateway goes on sending meanwhile.
    """
    import trio

    from gatewayd.errors import unwrapped

    with unwrapped():
        report = trio.run(_verify, database, config, socket, not json and sys.stderr.isatty())
    if json:
        print_json(
            {
                "sound": not report.count,
                "findings": report.findings,
                "count": report.count,
                "rows": report.rows,
                "audit_head": report.audit_head,
            }
        )
    else:
        _print(report)
    if report.count:
        raise typer.Exit(FAILED)


def _print(report: _Report) -> None:
    for finding in report.findings:
        print(finding)
    if report.count > len(report.findings):
        print(f"… and {report.count - len(report.findings):,} more")
    looked = ", ".join(
        f"{rows:,} {name}" for name, rows in report.rows.items() if name in ("messages", "events")
    )
    verdict = f"{report.count:,} findings" if report.count else "the database is sound"
    print(f"{verdict}: {looked}; audit up to {report.audit_head or 'nothing'}")


async def _verify(database: Path | None, config: Path | None, socket: Path | None, talk: bool) -> _Report:
    from gatewayd.supervisor.verification import CHECKS

    report = _Report()
    async with _pages(database, config, socket) as page_of:
        for check in CHECKS:
            try:
                await _run_check(check, page_of, report, talk)
            except Exception as failure:  # damage may raise anything, and what else is found must be told
                if _is_refusal(failure, report):
                    raise
                report.add([f"{check}: {_why_it_ended(failure)}"])
    return report


def _is_refusal(failure: Exception, report: _Report) -> bool:
    """Whether a gateway didn't let us begin, which says nothing about its database."""
    if report.pages or not isinstance(failure, (Unreachable, RequestFailed)):
        return False
    return isinstance(failure, Unreachable) or failure.status in (401, 403)


def _why_it_ended(failure: Exception) -> str:
    from gatewayd.store.checking import in_words

    if isinstance(failure, StorageFailed):
        return str(failure)
    known = isinstance(failure, GatewaydError)
    return f"not checked to its end: {'' if known else type(failure).__name__ + ': '}{in_words(failure)}"


async def _run_check(check: str, page_of: _Pages, report: _Report, talk: bool) -> None:
    cursor: str | None = ""
    report.rows[check] = 0
    while cursor is not None:
        page = await page_of(check, cursor)
        report.pages += 1
        report.add(page["findings"])
        report.rows[check] += page["rows"]
        cursor = page["cursor"]
        if check == "audit" and cursor:
            report.audit_head = cursor
        if talk:
            print(f"\r\033[Kchecking {check}: {report.rows[check]:,}", end="", file=sys.stderr, flush=True)
    if talk:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


@asynccontextmanager
async def _pages(database: Path | None, config: Path | None, socket: Path | None) -> AsyncIterator[_Pages]:
    """Reach the running gateway that is meant, or else open the file."""
    settings = None if database or socket else read_config(config)
    path = socket or (settings.api.socket if settings else None)
    if path is not None and (socket is not None or listens(path)):
        async with connect(Target(socket=path), needs_daemon=True) as api:

            async def ask(check: str, cursor: str) -> dict[str, Any]:
                answer: dict[str, Any] = await api.post("/local/verify", {"check": check, "cursor": cursor})
                return answer

            yield ask
    else:
        async with _opened(database or (settings.store.path if settings else Path())) as read:
            yield read


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[_Pages]:
    from dataclasses import asdict

    from gatewayd.store.reading import open_to_read
    from gatewayd.supervisor.verification import CHECKS

    async with open_to_read(path) as database:

        async def read(check: str, cursor: str) -> dict[str, Any]:
            return asdict(await database.read(CHECKS[check], cursor))

        yield read
