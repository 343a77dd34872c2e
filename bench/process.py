"""What the kernel tells of a running process (Linux, /proc)."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024


def cpu_seconds(pid: int) -> float:
    """CPU time that the process has used, in user and system mode together, in seconds."""
    # The name, in parentheses, may hold spaces; utime and stime are the 14th and 15th field (proc_pid_stat(5)).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mib(pid: int) -> float:
    """Resident memory of the process, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / _MIB
    raise ProcessLookupError(f"process {pid} has ended")
