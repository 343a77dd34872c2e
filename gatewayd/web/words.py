"""The domain's words for people: states, reasons and faults, each with the tone that it is shown in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gatewayd.access.roles import Permission, Role
from gatewayd.access.scopes import Scope
from gatewayd.message import Priority, State


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for a text that is translated where it is shown
    """Mark a text for the catalogues."""
    return text


@dataclass(frozen=True, slots=True)
class Word:
    """How something is called, and whether it is good."""

    label: str
    tone: str = ""
    """``good``, ``wait``, ``care``, ``bad``, or nothing."""
    meaning: str = ""
    """One sentence, where the word alone doesn't tell."""


STATES: Final = {
    State.QUEUED: Word(N_("waiting"), "wait", N_("It has not been sent yet.")),
    State.SENDING: Word(N_("sending"), "wait", N_("A modem is submitting it now.")),
    State.SENT: Word(N_("sent"), "good", N_("The network took all parts; no report has come yet.")),
    State.DELIVERED: Word(N_("delivered"), "good", N_("All parts reached the phone.")),
    State.UNDELIVERED: Word(
        N_("undelivered"), "bad", N_("The network took it, and then could not deliver it.")
    ),
    State.FAILED: Word(N_("failed"), "bad", N_("It was given up. The error says why.")),
    State.EXPIRED: Word(N_("expired"), "bad", N_("Its time was over before it could be sent.")),
    State.CANCELLED: Word(N_("cancelled"), "", N_("Somebody took it back.")),
    State.IN_DOUBT: Word(
        N_("in doubt"), "care", N_("It may or may not have been sent: the modem's answer never came.")
    ),
}

#: In the place of a text that is kept no more.
ERASED: Final = N_("(erased)")

PRIORITIES: Final = {
    Priority.EMERGENCY: N_("emergency"),
    Priority.HIGH: N_("high"),
    Priority.NORMAL: N_("normal"),
    Priority.BULK: N_("bulk"),
}

#: Why a queued message waits (``MessageView.wait_reason``).
WAITS: Final = {
    "scheduled": N_("for the time it is meant for"),
    "retry": N_("for its next attempt"),
    "order": N_("for an earlier message to the same recipient"),
    "quota": N_("for a limit to allow it"),
    "doubt": N_("for a message in doubt to the same recipient to be settled"),
    "sim": N_("for the SIM that took its first parts"),
    "paused": N_("for its batch to go on"),
    None: N_("for its turn"),
}

LINKS: Final = {
    "absent": Word(N_("not connected"), "bad"),
    "starting": Word(N_("starting"), "wait"),
    "searching": Word(N_("no network"), "care"),
    "ready": Word(N_("ready"), "good"),
    "stopped": Word(N_("stopped"), "bad"),
}

MODES: Final = {
    "running": Word(N_("running"), "good"),
    "draining": Word(N_("finishing"), "wait"),
    "paused": Word(N_("paused"), "care"),
    "stopped": Word(N_("stopped"), "bad"),
}

MODEM_EVENTS: Final = {
    "modem.running": N_("Set to send"),
    "modem.draining": N_("Set to finish its open message"),
    "modem.paused": N_("Paused"),
    "modem.stopped": N_("Stopped by a fault"),
    "modem.sim_changed": N_("Another SIM is in it"),
}

ROLES: Final = {
    Role.VIEWER: N_("Viewer"),
    Role.ATTENDANT: N_("Attendant"),
    Role.OPERATOR: N_("Operator"),
    Role.APPROVER: N_("Approver"),
    Role.ADMIN: N_("Administrator"),
}

PERMISSION_WORDS: Final = {
    Permission.LOOK: N_("look at everything"),
    Permission.SEND: N_("send messages"),
    Permission.HANDLE: N_("send again, settle, cancel"),
    Permission.STEER: N_("pause modems"),
    Permission.BATCH: N_("make and run batches"),
    Permission.APPROVE: N_("approve batches"),
    Permission.MANAGE: N_("manage people, applications and webhooks"),
}

SCOPES: Final = {
    Scope.SEND: N_("send messages, cancel and repeat its own"),
    Scope.READ: N_("see its own messages, and the modems"),
    Scope.INBOX: N_("read received messages"),
    Scope.WEBHOOKS: N_("manage its own webhooks"),
    Scope.METRICS: N_("read the metrics"),
    Scope.ADMIN: N_("everything, for every application"),
}

#: What an application can be limited to, by the names of ``ClientLimits``.
LIMITS: Final = {
    "parts_per_minute": N_("Parts in a minute"),
    "parts_per_hour": N_("Parts in an hour"),
    "parts_per_day": N_("Parts in a day"),
    "queue_cap": N_("Parts that may wait"),
    "requests_per_minute": N_("Requests in a minute"),
}

WINDOWS: Final = {
    "minute": N_("last minute"),
    "hour": N_("last hour"),
    "day": N_("last 24 hours"),
    "month": N_("last 30 days"),
}

CONDITIONS: Final = {
    "working": Word(N_("working"), "good"),
    "failing": Word(N_("failing"), "care", N_("The last try failed; the next one follows by itself.")),
    "open": Word(N_("resting"), "bad", N_("Too many failures in a row: nothing is sent for a while.")),
    "disabled": Word(N_("switched off"), "", N_("Nothing is sent until somebody switches it on.")),
}

BATCHES: Final = {
    "draft": Word(N_("being checked"), "wait"),
    "checked": Word(N_("waits for approval"), "care"),
    "approved": Word(N_("approved"), "wait"),
    "running": Word(N_("running"), "wait"),
    "paused": Word(N_("paused"), "care"),
    "done": Word(N_("done"), "good"),
    "cancelled": Word(N_("called off"), ""),
}

ROWS: Final = {
    "new": Word(N_("not checked yet"), ""),
    "good": Word(N_("can be sent"), "good"),
    "wrong": Word(N_("can't be sent"), "bad"),
    "submitted": Word(N_("handed in"), "wait"),
    "skipped": Word(N_("left out"), "care"),
}

FIELD_TYPES: Final = {
    "text": N_("text"),
    "number": N_("number"),
    "date": N_("date"),
    "datetime": N_("date and time"),
    "phone": N_("telephone number"),
    "choice": N_("one of several words"),
}
