"""The daemon's life: nurseries nest like the packages, the database outermost, what clients see innermost.

Stopping goes from the inside out, each stage within its grace: the edge finishes answers (``[api] grace``), the work
its running submits (``[queue] submit_grace``), then the modems are let go, and last the database writes what waits
(``[store] close_grace``). systemd's ``TimeoutStopSec`` lies above their sum.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from pathlib import Path

import trio

from gatewayd import __version__, sdnotify
from gatewayd.clock import Clock, SystemClock
from gatewayd.config import Config
from gatewayd.errors import unwrapped
from gatewayd.http.server import Server, Site
from gatewayd.log import get_logger
from gatewayd.sdnotify import Notifier
from gatewayd.store.database import Database, open_database
from gatewayd.supervisor import firststart, watchdog
from gatewayd.supervisor.certificates import Certificates
from gatewayd.supervisor.reloading import Reloader
from gatewayd.supervisor.wiring import Daemon, build

_log = get_logger("gatewayd.supervisor")


async def run(
    config: Config,
    *,
    path: Path | None = None,
    notifier: Notifier | None = None,
    clock: Clock | None = None,
    stop: trio.Event | None = None,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run the daemon until SIGTERM, SIGINT or ``stop``. Main thread only, for the signals' sake.

    Args:
        config: what to run.
        path: where it was read from, to be read again at SIGHUP; None: SIGHUP changes nothing.
        notifier: the service manager.
        clock: where the time comes from.
        stop: set it to stop the daemon as a signal does.
        task_status: started with the addresses that are listened on.

    Raises:
        DatabaseLocked, SchemaTooNew, StorageFull, StorageFailed: see ``open_database``.
        CannotListen: an address is taken.
        CertificateUnusable: there is none to speak TLS with.
    """
    notifier = notifier or Notifier(None)
    clock = clock or SystemClock()
    stop = trio.Event() if stop is None else stop
    with unwrapped():
        async with open_database(config.store, clock=clock, extend=notifier.extend_timeout) as database:
            life = _Life(config, path, database, notifier, build(config, database, clock), stop)
            await life.lead(task_status)
    _log.info("gatewayd.stopped")


class _Life:
    """One run of the daemon on an open database."""

    def __init__(
        self,
        config: Config,
        path: Path | None,
        database: Database,
        notifier: Notifier,
        daemon: Daemon,
        stop: trio.Event,
    ) -> None:
        self._config = config
        self._database = database
        self._notifier = notifier
        self._daemon = daemon
        self._stop = stop
        self._certificates = Certificates(config)
        self._reloader = Reloader(config, path, daemon, notifier, self._certificates)

    async def lead(self, task_status: trio.TaskStatus[list[str]]) -> None:
        """Start from the outside in; stop from the inside out."""
        self._certificates.load()
        async with trio.open_nursery() as hardware:
            await hardware.start(self._daemon.pool.run)
            async with trio.open_nursery() as work:
                await work.start(self._daemon.scheduler.run)
                for worker in self._daemon.workers:
                    await work.start(worker.run)
                async with trio.open_nursery() as edge:
                    addresses = await edge.start(self._server().run)
                    await edge.start(self._certificates.run)
                    for listener in self._daemon.listeners:
                        await edge.start(listener.run)
                    await edge.start(self._heed_signals)
                    edge.start_soon(watchdog.feed, self._notifier, sdnotify.watchdog_interval())
                    self._say_ready(addresses)
                    await firststart.invite(self._daemon.people, self._pages(addresses))
                    _spare_the_collector()
                    task_status.started(addresses)
                    await self._stop.wait()
                    self._notifier.stopping()
                    edge.cancel_scope.cancel()
                await self._daemon.scheduler.drain(self._config.queue.submit_grace)
                work.cancel_scope.cancel()
            hardware.cancel_scope.cancel()

    def _server(self) -> Server:
        daemon = self._daemon
        certificates, admin = self._certificates, None
        if daemon.admin_app is not None:
            admin = Site(daemon.admin_app, self._config.admin.bind, certificates.admin)
        return Server(
            self._config.api,
            daemon.app,
            socket_app=daemon.local_app,
            certificate=certificates.api,
            admin=admin,
        )

    def _pages(self, addresses: list[str]) -> firststart.Pages | None:
        """Where there are pages: the first of those of the server's addresses, in its order, that have them."""
        public, admin = len(self._config.api.bind), len(self._config.admin.bind)
        with_pages = addresses[public : public + admin] if admin else addresses[:public]
        if not self._config.web.enabled or not with_pages:
            return None
        certificate = self._certificates.admin if admin else self._certificates.api
        return firststart.Pages(with_pages[0], encrypted=certificate is not None)

    def _say_ready(self, addresses: list[str]) -> None:
        seconds = round(time.clock_gettime(time.CLOCK_BOOTTIME) - _process_began(), 3)
        _log.info("gatewayd.ready", version=__version__, modems=self._daemon.pool.names(), seconds=seconds)
        self._notifier.status(f"listening on {', '.join(addresses)}")
        self._notifier.ready()

    async def _heed_signals(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Until told to stop. A second signal then ends the process at once, as it does any program."""
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as received:
            task_status.started()
            async for number in received:
                if number == signal.SIGHUP:
                    await self._reloader.reload()
                    continue
                _log.info("gatewayd.stopping", signal=signal.Signals(number).name)
                self._stop.set()


def _spare_the_collector() -> None:
    """Put what the start has made, and what stays, out of the garbage collector's sight.

    Some 200,000 objects are code, schemas and tables: looking through them again and again would hold up the event
    loop by 50 ms each time.
    """
    gc.collect()
    gc.freeze()


def _process_began() -> float:
    """When this process was started: seconds of CLOCK_BOOTTIME (proc(5), field 22 of stat)."""
    # Only what follows the command's closing parenthesis can be split: the command may hold spaces.
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
