"""What an end looks like from outside: nested nurseries wrap what ended the daemon in groups of groups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gatewayd.errors import GatewaydError


@contextmanager
def unwrapped() -> Iterator[None]:
    """Let the GatewaydError that ended the body come out by itself, however many nurseries it passed.

    Where several tasks met the same failure, such as a broken database, one stands for all. A defect among them stays
    wrapped: its traceback is what is needed then.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        causes = list(_leaves(group))
        if not all(isinstance(cause, GatewaydError) for cause in causes):
            raise
        raise causes[0] from causes[0].__cause__


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
