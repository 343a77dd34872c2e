"""strace, which kills at the entry of a system call, before the kernel does anything for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY): Yama, where it is on, lets only ancestors trace; the permission
# outlives the exec, and the call fails harmlessly where there is no Yama (Linux, Documentation/admin-guide/LSM/Yama).
_PERMIT = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1)); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
#: In front of a command: whoever may, may trace it.
TRACEABLE = (sys.executable, "-S", "-E", "-c", _PERMIT)


def works() -> bool:
    """Whether there is an strace that may trace here."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode == 0


def from_the_start(call: str, when: int) -> tuple[str, ...]:
    """What to put in front of a command so that it dies at its ``when``-th ``call``, counted in each thread."""
    # -D: the traced process is the child, and strace somewhere beside it. Not --seccomp-bpf, with which it would start
    # faster: strace 6.1 then kills at the first call or never.
    return ("strace", "-D", "-f", "-qq", *_inject(call, when))


@contextmanager
def killing(pid: int, call: str, when: int, *, file: Path | None, threads: bool) -> Iterator[None]:
    """Let ``pid`` die at its ``when``-th ``call`` from now on.

    ``file`` counts only calls on it; ``threads`` looks at all threads, each with a count of its own, rather than at
    the first one alone.
    """
    command = ["strace", *_inject(call, when)]
    command += ["-f"] if threads else []
    command += ["-P", str(file)] if file is not None else []
    tracer = subprocess.Popen([*command, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    try:
        said = tracer.stderr.readline()
        assert "attached" in said, said
        yield
    finally:
        tracer.terminate()
        tracer.wait()
        tracer.stderr.close()


def _inject(call: str, when: int) -> tuple[str, ...]:
    return ("-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}")
