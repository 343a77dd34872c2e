"""Logging: structlog set up once at start, as JSON lines or for the console, always to stderr.

Event names are constants (``message.sent``), details are keyword arguments. What libraries log through the
standard ``logging`` module comes out in the same form. Local variables are never printed with a traceback: they
hold message texts, numbers and secrets.
"""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor


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
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(tracebacks),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


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
