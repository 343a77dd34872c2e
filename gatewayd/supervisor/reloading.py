"""SIGHUP: read the configuration again, apply what can change under way, and say what needs a restart.

Under way change the log, the rules for recipients, the limits of clients, the prices, the on-call lists, modems'
intervals, and what the files of certificates hold. Everything else decides how objects were built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import trio
from prometheus_client import Gauge
from pydantic import BaseModel

from gatewayd import log as logging
from gatewayd.config import Config, ConfigError, effective, load
from gatewayd.log import get_logger
from gatewayd.sdnotify import Notifier
from gatewayd.supervisor.certificates import Certificates
from gatewayd.supervisor.rules import admission_of, bounds_of
from gatewayd.supervisor.wiring import Daemon

_log = get_logger("gatewayd.supervisor")
_reloaded = Gauge(
    "gatewayd_config_reload_successful", "1 where the configuration in force is the file as it was last read"
)
_reloaded.set(1)


class Reloader:
    """Holds the configuration in force."""

    def __init__(
        self,
        config: Config,
        path: Path | None,
        daemon: Daemon,
        notifier: Notifier,
        certificates: Certificates,
    ) -> None:
        self._config = config
        self._path = path
        self._daemon = daemon
        self._notifier = notifier
        self._certificates = certificates

    async def reload(self) -> None:
        """Read the file again and apply it, and the certificates; what is wrong changes nothing."""
        self._notifier.reloading()
        try:
            await self._certificates.reload()
            if self._path is not None:
                self._apply(await trio.to_thread.run_sync(load, self._path))
            _reloaded.set(1)
        except ConfigError as error:
            _reloaded.set(0)
            _log.error("config.reload_failed", problems=[str(problem) for problem in error.problems])
        finally:
            self._notifier.ready()

    def _apply(self, wanted: Config) -> None:
        before = self._config
        self._config = applied = applicable(before, wanted)
        logging.configure(format=applied.log.format, level=applied.log.level)
        if _admission(applied) != _admission(before):
            self._daemon.queue.admit_by(admission_of(applied))
            self._daemon.access.limit_by(applied.clients, bounds_of(applied))
        self._daemon.alerts.use(applied.on_call)
        self._daemon.configured.settings = effective(applied)
        for modem, old in zip(applied.modems, before.modems, strict=True):
            if modem.interval != old.interval:
                self._daemon.scheduler.set_interval(modem.name, modem.interval)
        _log.info("config.reloaded", changed=differences(before, applied))
        if left := differences(applied, wanted):
            _log.warning("config.needs_restart", keys=left)


def _admission(config: Config) -> tuple[BaseModel, ...]:
    """What decides about what is accepted, as far as it can change under way."""
    return config.recipients, config.clients, config.prices


def applicable(before: Config, wanted: Config) -> Config:
    """``before`` with as much of ``wanted`` as can change under way."""
    intervals = {modem.name: modem.interval for modem in wanted.modems}
    modems = tuple(
        modem.model_copy(update={"interval": intervals.get(modem.name, modem.interval)})
        for modem in before.modems
    )
    return replace(
        before,
        log=wanted.log,
        recipients=wanted.recipients,
        clients=wanted.clients,
        prices=wanted.prices,
        on_call=wanted.on_call,
        modems=modems,
    )


def differences(one: Config, other: Config) -> list[str]:
    """The keys in which they differ, as dotted paths."""
    keys: list[str] = []
    for field in fields(Config):
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(ours, tuple):
            keys += _in_tables(field.name.removesuffix("s"), ours, theirs)
        else:
            keys += _in_table(field.name, ours, theirs)
    return keys


def _in_tables(kind: str, ours: tuple[BaseModel, ...], theirs: tuple[BaseModel, ...]) -> Iterator[str]:
    mine, yours = _by_name(ours), _by_name(theirs)
    for name in mine | yours:
        if name in mine and name in yours:
            yield from _in_table(f"{kind}.{name}", mine[name], yours[name])
        else:
            yield f"{kind}.{name}"


def _by_name(tables: tuple[BaseModel, ...]) -> dict[str, BaseModel]:
    return {getattr(table, "name"): table for table in tables}  # noqa: B009 - every table of an array has one


def _in_table(where: str, ours: BaseModel, theirs: BaseModel) -> Iterator[str]:
    for name in type(ours).model_fields:
        if getattr(ours, name) != getattr(theirs, name):
            yield f"{where}.{name}"
