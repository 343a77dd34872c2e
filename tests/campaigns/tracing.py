"""strace, which kills at the entry of a system call, before the kernel does anything for it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

#: Seconds that strace may take to let go of all threads.
_DETACHING = 2.0


def works() -> bool:
    """Whether there is an strace that may trace here."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode == 0


@contextmanager
def killing(pid: int, call: str, when: int, *, files: Sequence[Path], threads: bool) -> Iterator[None]:
    """Let ``pid`` die at its ``when``-th ``call`` from now on.

    ``files``: count only calls on these, which need not exist yet. ``threads``: look at all threads, each with a count
    of its own, rather than at the first one alone.
    """
    # Not --seccomp-bpf: strace has it only for what it starts itself, and 6.1 then kills at the first call or never.
    command = [
        "strace",
        "-o",
        "/dev/null",
        "-e",
        f"trace={call}",
        "-e",
        f"inject={call}:signal=KILL:when={when}",
    ]
    command += ["-f"] if threads else []
    for file in files:
        command += ["-P", str(file)]
    tracer = subprocess.Popen([*command, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    try:
        # It also says how it understood a path.
        said = tracer.stderr.readline()
        while said and "attached" not in said and "Requested path" in said:
            said = tracer.stderr.readline()
        assert "attached" in said, said
        yield
    finally:
        tracer.terminate()
        try:
            tracer.wait(_DETACHING)
        except subprocess.TimeoutExpired:
            # What dies while strace lets it go makes it wait for ever: for the first thread, which as a zombie waits
            # for the others, which wait for strace.
            tracer.kill()
            tracer.wait()
        tracer.stderr.close()
