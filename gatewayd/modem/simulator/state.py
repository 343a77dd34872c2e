"""What a simulated modem and its network keep over a restart of the simulator: a file beside the ledger.

The SIM keeps its messages, and the network what it holds back and the reports that are still to come.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatewayd.modem.simulator.card import Status, Stored
from gatewayd.modem.simulator.incoming import Incoming


@dataclass(slots=True)
class State:
    """All that is kept."""

    memories: dict[str, dict[int, Stored]] = field(default_factory=dict)
    held: list[Incoming] = field(default_factory=list)
    reports: list[tuple[float, bytes]] = field(default_factory=list)
    """Status reports to come, each with its time: seconds since the epoch, for the machine may have been restarted."""


def beside(ledger: Path) -> Path:
    """The name of the file."""
    return ledger.with_name(f"{ledger.name}.state")


def save(path: Path, state: State) -> None:
    """Write it in one step, so that whoever is killed over it leaves the old one. Raises OSError."""
    document = {
        "memories": {
            name: [[index, stored.status, stored.pdu.hex()] for index, stored in messages.items()]
            for name, messages in state.memories.items()
        },
        "held": [[incoming.kind, incoming.pdu.hex()] for incoming in state.held],
        "reports": [[due, pdu.hex()] for due, pdu in state.reports],
    }
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(json.dumps(document))
    temporary.replace(path)


def load(path: Path) -> State:
    """Read it back; an empty one where there is none. Raises OSError, and ValueError for what isn't one."""
    document: dict[str, Any] = {}
    with contextlib.suppress(FileNotFoundError):
        document = json.loads(path.read_text())
    return State(
        memories={
            name: {index: Stored(Status(status), bytes.fromhex(pdu)) for index, status, pdu in messages}
            for name, messages in document.get("memories", {}).items()
        },
        held=[Incoming(kind, bytes.fromhex(pdu)) for kind, pdu in document.get("held", [])],
        reports=[(due, bytes.fromhex(pdu)) for due, pdu in document.get("reports", [])],
    )
