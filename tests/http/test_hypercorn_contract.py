"""What `gatewayd/http/connection.py` relies on inside hypercorn: an upgrade that changes it fails here first."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

import h11
import pytest
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState

REQUEST = b"GET /path?query HTTP/1.1\r\nhost: x\r\n\r\n"


class Tasks:
    """Records instead of starting tasks."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.send: Any = None

    async def spawn_app(self, app: Any, config: Config, scope: dict[str, Any], send: Any) -> Any:
        self.scope, self.send = scope, send

        async def put(event: dict[str, Any]) -> None:
            self.events.append(event)

        return put


class Harness:
    """hypercorn's protocol without a network."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.tasks = Tasks()
        self.context = WorkerContext(None)

        async def record(event: Event) -> None:
            self.events.append(event)

        config = Config()
        config.include_server_header = False
        self.protocol = H11Protocol(
            None,  # type: ignore[arg-type]
            config,
            self.context,
            self.tasks,  # type: ignore[arg-type]
            ConnectionState({"peer": "somebody"}),
            False,
            ("127.0.0.1", 1),
            ("127.0.0.1", 2),
            record,
        )

    async def answer(self) -> None:
        await self.tasks.send({"type": "http.response.start", "status": 204, "headers": []})
        await self.tasks.send({"type": "http.response.body", "body": b""})


def test_version_is_the_one_that_was_read() -> None:
    assert version("hypercorn").startswith("0.18.")


@pytest.mark.parametrize(
    "method", ["_check_protocol", "_create_stream", "_send_h11_event", "handle", "initiate"]
)
def test_protocol_still_has_the_methods_that_are_overridden_or_called(method: str) -> None:
    assert inspect.iscoroutinefunction(getattr(H11Protocol, method))


def test_sending_an_event_is_all_that_leaves_the_protocol() -> None:
    assert "self.send(RawData(data=data))" in inspect.getsource(H11Protocol._send_h11_event)


async def test_request_marks_the_connection_busy_and_starts_a_handler_with_the_state() -> None:
    harness = Harness()
    await harness.protocol.handle(RawData(data=REQUEST))
    assert harness.events == [Updated(idle=False)]
    assert harness.tasks.scope["state"] == {"peer": "somebody"}
    assert harness.tasks.scope["path"] == "/path"
    assert harness.tasks.events == [{"type": "http.request", "body": b"", "more_body": False}]
    assert harness.protocol.connection.their_state is h11.DONE


async def test_state_of_one_request_is_a_copy() -> None:
    harness = Harness()
    await harness.protocol.handle(RawData(data=REQUEST))
    harness.tasks.scope["state"]["leak"] = True
    await harness.answer()
    await harness.protocol.handle(RawData(data=REQUEST))
    assert "leak" not in harness.tasks.scope["state"]


async def test_unfinished_request_is_seen_in_the_state_of_the_client() -> None:
    harness = Harness()
    await harness.protocol.handle(RawData(data=REQUEST[:-2]))
    assert harness.protocol.connection.their_state is h11.IDLE
    harness = Harness()
    await harness.protocol.handle(RawData(data=b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n123"))
    assert harness.protocol.connection.their_state is h11.SEND_BODY


async def test_complete_answer_makes_the_connection_idle() -> None:
    harness = Harness()
    await harness.protocol.handle(RawData(data=REQUEST))
    await harness.answer()
    assert harness.events[-1] == Updated(idle=True)
    assert harness.protocol.connection.their_state is h11.IDLE


async def test_complete_answer_during_a_stop_closes_the_connection() -> None:
    harness = Harness()
    await harness.protocol.handle(RawData(data=REQUEST))
    await harness.context.terminated.set()
    await harness.answer()
    assert isinstance(harness.events[-1], Closed)


async def test_handler_that_returned_without_an_answer_is_answered_500() -> None:
    harness = Harness()
    await harness.protocol.handle(RawData(data=REQUEST))
    await harness.tasks.send(None)
    sent = b"".join(event.data for event in harness.events if isinstance(event, RawData))
    assert sent.startswith(b"HTTP/1.1 500 ")


async def test_closed_connection_reaches_the_handler_as_a_disconnect() -> None:
    harness = Harness()
    await harness.protocol.handle(RawData(data=REQUEST))
    await harness.protocol.handle(Closed())
    assert harness.tasks.events[-1] == {"type": "http.disconnect"}
