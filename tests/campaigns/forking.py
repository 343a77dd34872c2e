"""The daemon as a fork of a process that has imported it: real in all but the exec, and there in a tenth of a second.

Whoever kills a daemon a thousand times would otherwise spend two thirds of the time on Python's imports.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import BinaryIO

#: prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY): Yama, where it is on, lets only ancestors trace; the call fails harmlessly
#: where there is no Yama (Linux, Documentation/admin-guide/LSM/Yama).
_PERMIT = (0x59616D61, ctypes.c_ulong(-1))

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.campaigns.preloaded"])
#: A process's status can be read once, and whoever starts one looks at all others, those of other threads too.
_one_reader = threading.Lock()


class Forked:
    """A daemon, as ``subprocess.Popen`` would give it; it begins when it is released."""

    def __init__(self, config: str, log: str, defect: str | None) -> None:
        gate, self._gate = _context.Pipe(duplex=False)
        self._process = _context.Process(target=_daemon, args=(config, log, defect, gate))
        with _one_reader:
            self._process.start()
        gate.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def release(self) -> None:
        """Let it begin."""
        self._gate.send_bytes(b"go")
        self._gate.close()

    def poll(self) -> int | None:
        with _one_reader:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        wait([self._process.sentinel], timeout)
        status = self.poll()
        assert status is not None, f"it has not ended within {timeout} s"
        return status

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


@dataclass(frozen=True)
class Forks:
    """``Gateway.spawn`` by forking, with one of the planted defects or none."""

    defect: str | None = None

    def __call__(self, command: Sequence[str], log: BinaryIO) -> Forked:
        """Serve as ``command`` says, which names the configuration last."""
        return Forked(command[-1], str(log.name), self.defect)


def _daemon(config: str, log: str, defect: str | None, gate: Connection) -> None:
    file = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    ctypes.CDLL(None).prctl(*_PERMIT)
    gate.recv_bytes()
    gate.close()
    if defect is not None:
        from tests.campaigns.defective import DEFECTS

        DEFECTS[defect]()
    from gatewayd.cli.serve import serve

    serve(Path(config))
