"""Logging: structlog set up once at start, as JSON lines or for the console, always to stderr.

Event names are constants (``message.sent``), details are keyword arguments. What libraries log through the
standard ``logging`` module comes out in the same form. Local variables are never printed with a traceback, nor in JSON
the words of other people's exceptions: they hold message texts, numbers and secrets.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, Processor

from gatewayd.errors import GatewaydError


class LogFormat(StrEnum):
    """How a log line looks."""

    AUTO = "auto"
    """``console`` where stderr is a terminal, ``json`` elsewhere."""
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """From which severity on something is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        """The standard library's number for it."""
        return logging.getLevelNamesMapping()[self.value.upper()]


def get_logger(name: str) -> FilteringBoundLogger:
    """The logger of a module; ``name`` (``gatewayd.queue``) appears in each line as ``component``."""
    logger: FilteringBoundLogger = structlog.get_logger(component=name)
    return logger


def configure(
    *,
    format: LogFormat = LogFormat.AUTO,  # noqa: A002 - named as the option is
    level: LogLevel = LogLevel.INFO,
    stream: TextIO | None = None,
) -> None:
    """Send every log line of the process to ``stream`` (default: stderr), those of the standard library included.

    May be called again, at a reload, with another level or format.
    """
    stream = sys.stderr if stream is None else stream
    console = format is LogFormat.CONSOLE or (format is LogFormat.AUTO and stream.isatty())
    shared = _shared_processors()
    rendering = _console_rendering(colors=stream.isatty()) if console else _json_rendering()
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level.number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        # Without the cache a reload reaches loggers that are already in use; binding costs microseconds.
        cache_logger_on_first_use=False,
    )
    _bridge(stream, level, shared, rendering)


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _json_rendering() -> list[Processor]:
    return [
        structlog.processors.ExceptionRenderer(_discreet),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _discreet(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """A traceback without the words of exceptions that may quote what was being worked on: a text, a number.

    Our own never do, and the system's name files. Everybody else's (SQLAlchemy's hold the statement's parameters,
    KeyError the key) are known by their type and their frames.
    """
    speaking = {cls.__name__ for cls in (*_descendants(GatewaydError), *_descendants(OSError))}
    stacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)(exc_info)
    _silence(stacks, speaking)
    return stacks


def _silence(stacks: list[dict[str, Any]], speaking: set[str]) -> None:
    for stack in stacks:
        if stack["exc_type"] not in speaking and not stack.get("is_group"):
            stack.update(exc_value="", exc_notes=[], syntax_error=None)
        for inner in stack.get("exceptions") or ():
            _silence(inner, speaking)


def _descendants(cls: type[BaseException]) -> Iterator[type[BaseException]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _descendants(child)


def _console_rendering(*, colors: bool) -> list[Processor]:
    return [
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback),
    ]


def _bridge(stream: TextIO, level: LogLevel, shared: list[Processor], rendering: list[Processor]) -> None:
    """Let the standard library's root logger write through the same processors."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_of_record, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    # What libraries say below a warning is no help to an operator and may hold what we never log.
    root.setLevel(max(level.number, logging.WARNING))


def _name_of_record(_logger: object, _method: str, event: EventDict) -> EventDict:
    event["component"] = event["_record"].name
    return event
