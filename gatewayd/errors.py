"""The errors that cross package boundaries.

Each class's docstring is its message for the operator; ``code`` is the word that never changes and is never
translated, so that programs can rely on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class GatewaydError(Exception):
    """Something that gatewayd itself reports, as opposed to a defect."""

    code = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a request: where (dotted path), a stable code, and words with what would be right."""

    field: str
    code: str
    message: str


class InvalidRequest(GatewaydError):
    """Some fields of the request are wrong."""

    code = "invalid"

    def __init__(self, errors: list[FieldError]) -> None:
        # What is wrong with the whole body has no field to name.
        super().__init__("; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in errors))
        self.errors = errors


class KeyReused(InvalidRequest):
    """The idempotency key was used for a different request."""

    code = "idem_mismatch"


class NotFound(GatewaydError):
    """There is no such thing, or it belongs to somebody else."""

    code = "not_found"


class Conflict(GatewaydError):
    """The request contradicts the present state of the thing that it names."""

    code = "conflict"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PreconditionFailed(GatewaydError):
    """The thing has changed since it was looked at: look again, and decide anew."""

    code = "precondition_failed"


class LimitReached(GatewaydError):
    """A limit of the client is reached: nothing was done; the same may be tried again later."""

    code = "limit_reached"

    def __init__(self, code: str, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
        """Whole seconds after which trying again may help."""


class StorageFull(GatewaydError):
    """The disk is full: nothing was accepted; free some space and send the request again."""

    code = "storage_full"


class SearchTooLong(GatewaydError):
    """Finding this takes too long: narrow the period (`since`, `until`), or name the recipient or the reference."""

    code = "search_too_long"


class StorageFailed(GatewaydError):
    """The database can't be trusted any more (I/O error or corruption): gatewayd stops; look at it."""

    code = "storage_failed"


@contextmanager
def unwrapped() -> Iterator[None]:
    """Let the GatewaydError that ended the body come out by itself, however many nurseries it passed.

    Nested nurseries wrap what ended them in groups of groups. Where several tasks met the same failure, such as a
    broken database, one stands for all. A defect among them stays wrapped: its traceback is what is needed then.
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
