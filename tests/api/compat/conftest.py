"""The API with everything of others switched on, and the modem at work unless a test takes it away."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import trio

from gatewayd.access.limits import LimitsChange
from gatewayd.access.scopes import Scope
from gatewayd.api.compat.settings import CompatSettings
from gatewayd.api.settings import ApiSettings
from gatewayd.modem.ports import LinkState
from tests.api.conftest import Api, application
from tests.queue.conftest import Setup

EVERYTHING = CompatSettings(kannel=True, smsgate=True, twilio=True)


@pytest.fixture
async def api(setup: Setup) -> AsyncIterator[Api]:
    setup.clock.wall_offset = -timedelta(seconds=trio.current_time())
    for name in setup.modems:
        setup.air.change(name, LinkState.ABSENT, "no such port")
    async with setup.running() as queue:
        yield Api(setup, queue, application(setup, queue, ApiSettings(), compat=EVERYTHING))


@pytest.fixture
async def token(api: Api) -> str:
    """A token of the client ``shop``."""
    return await api.token("shop", Scope.SEND, Scope.READ, Scope.INBOX, Scope.WEBHOOKS)


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


async def cap(api: Api, parts: int) -> None:
    """Let no more parts of the client ``shop`` wait."""
    await api.setup.access.change_limits(LimitsChange("shop", {"queue_cap": parts}), actor="test")
