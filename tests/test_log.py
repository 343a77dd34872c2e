from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from gatewayd.errors import StorageFull
from gatewayd.log import LogFormat, LogLevel, configure, get_logger

SECRET = "the text of somebody's message"


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_beside(text: str) -> None:
    assert text
    raise LookupError("nothing there")


def test_json_line_holds_event_details_component_level_and_time(stream: io.StringIO) -> None:
    configure(format=LogFormat.JSON, stream=stream)
    get_logger("gatewayd.queue").info("message.sent", parts=2)
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "message.sent", "parts": 2, "component": "gatewayd.queue", "level": "info"}


def test_standard_library_record_comes_out_in_the_same_form(stream: io.StringIO) -> None:
    configure(format=LogFormat.JSON, stream=stream)
    logging.getLogger("hypercorn.error").warning("odd %s", "thing")
    (line,) = lines(stream)
    assert (line["event"], line["component"], line["level"]) == ("odd thing", "hypercorn.error", "warning")


@pytest.mark.parametrize("format_", [LogFormat.JSON, LogFormat.CONSOLE])
@pytest.mark.parametrize("library", [False, True])
def test_traceback_never_shows_local_variables(
    stream: io.StringIO, format_: LogFormat, library: bool
) -> None:
    configure(format=format_, stream=stream)
    try:
        fail_beside(SECRET)
    except LookupError:
        (logging.getLogger("library") if library else get_logger("gatewayd")).exception("defect")
    assert "LookupError" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_line_break_in_a_detail_stays_inside_one_json_line(stream: io.StringIO) -> None:
    configure(format=LogFormat.JSON, stream=stream)
    get_logger("gatewayd").info("request", path='/x\n{"event": "forged"}')
    assert len(lines(stream)) == 1


def test_level_below_the_configured_one_is_left_out(stream: io.StringIO) -> None:
    configure(format=LogFormat.JSON, level=LogLevel.WARNING, stream=stream)
    log = get_logger("gatewayd")
    log.info("left.out")
    log.warning("kept")
    assert [line["event"] for line in lines(stream)] == ["kept"]


def test_logger_in_use_follows_a_reload_to_another_level(stream: io.StringIO) -> None:
    configure(format=LogFormat.JSON, level=LogLevel.WARNING, stream=stream)
    log = get_logger("gatewayd")
    log.info("before")
    configure(format=LogFormat.JSON, level=LogLevel.INFO, stream=stream)
    log.info("after")
    assert [line["event"] for line in lines(stream)] == ["after"]


def test_libraries_debug_output_is_never_logged(stream: io.StringIO) -> None:
    configure(format=LogFormat.JSON, level=LogLevel.DEBUG, stream=stream)
    logging.getLogger("library").debug("secret detail")
    assert stream.getvalue() == ""


def test_format_auto_on_something_that_is_no_terminal_is_json(stream: io.StringIO) -> None:
    configure(stream=stream)
    get_logger("gatewayd").info("started")
    assert lines(stream)[0]["event"] == "started"


def test_default_stream_is_stderr_and_stdout_stays_clean(capsys: pytest.CaptureFixture[str]) -> None:
    configure(format=LogFormat.JSON)
    get_logger("gatewayd").info("started")
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err)["event"] == "started"


def test_words_of_other_peoples_exceptions_are_left_out_of_the_json(stream: io.StringIO) -> None:
    configure(format=LogFormat.JSON, stream=stream)
    try:
        {}["+34600000001"]
    except KeyError:
        get_logger("test").exception("test.failed")
    (stack,) = json.loads(stream.getvalue())["exception"]
    assert (stack["exc_type"], stack["exc_value"]) == ("KeyError", "")
    assert stack["frames"]
    assert "34600000001" not in stream.getvalue()


def test_words_of_our_own_exceptions_and_of_the_system_stay(stream: io.StringIO) -> None:
    configure(format=LogFormat.JSON, stream=stream)
    for error in (StorageFull("no room"), FileNotFoundError(2, "No such file or directory", "x.key")):
        try:
            raise error
        except (StorageFull, OSError):
            get_logger("test").exception("test.failed")
    assert "no room" in stream.getvalue()
    assert "x.key" in stream.getvalue()
