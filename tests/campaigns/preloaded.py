"""What a daemon imports until it has sent a message and stopped. The process that forks daemons imports this."""

from __future__ import annotations

import gc
from importlib import import_module

for _name in (
    "alembic.command",
    "alembic.config",
    "cryptography.hazmat.primitives.ciphers.aead",
    "gatewayd.cli.serve",
    "gatewayd.supervisor",
    "phonenumbers.data.region_ES",
    "tests.campaigns.forking",
):
    import_module(_name)

# No fork need look through all this for garbage, as each daemon does once it has started.
gc.collect()
gc.freeze()
