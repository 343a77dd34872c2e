"""The command line: the only place that prints or exits. What a command needs is imported when it runs."""

from __future__ import annotations

import os
import sys

from gatewayd.errors import GatewaydError

#: A command failed; the same for everything that went wrong while it did its work.
FAILED = 1
#: It was called wrongly, or the configuration is wrong: nothing was done.
MISUSED = 2


def main() -> None:
    """Run the command in ``sys.argv`` and exit: 0 done, 1 failed, 2 wrong usage or configuration."""
    from gatewayd.cli.app import app

    try:
        app()
    except GatewaydError as error:
        print(f"gatewayd: {error}", file=sys.stderr)
        sys.exit(MISUSED if error.code in ("config", "usage") else FAILED)
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
