"""What becomes of a part after a try: the decision, and nothing else. Pure.

The fault table (``sms.faults``) says what an error means; here that meaning meets the message (how often was it
tried?) and the modem (does it fail for everybody?).

Faults of SIM and modem never spend a message's attempts. Those of the network don't either, with one exception:
when the modem's submit just before was accepted, the network works for others, and the fault is counted as this
message's own. Without that a number that always answers "network out of order" would be tried for ever, and
would put its modem to rest each time.

A refusal for good is the message's own affair, until the modem's last refusals hit three recipients in a row: then it
is more likely the SIM, its account or its service centre that is wrong, and the modem is stopped with the third
message still in the queue.
"""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass, replace

from gatewayd.backoff import exponential, jittered
from gatewayd.message import State
from gatewayd.modem.ports import Accepted, Outcome, Phase, Refused, Unknown
from gatewayd.queue.settings import QueueSettings
from gatewayd.sms.faults import Fault, FaultClass, Scope

#: Seconds. How long a modem rests after its n-th fault in a row: 1, 2, 4 … 300.
REST_FIRST, REST_CAP = 1.0, 300.0
#: So many recipients refused for good, one after the other, speak against the SIM.
REFUSED_RECIPIENTS = 3
#: So many faults in a row, the last without a prompt, are more than a moment's weakness.
_MUTE = 3


class Reaction(enum.StrEnum):
    """What the modem does next."""

    GO_ON = "go_on"
    REST = "rest"
    """Submit nothing for ``Decision.rest`` seconds."""
    RECOVER = "recover"
    """Climb a rung of the reset ladder, then rest."""
    FREE = "free"
    """Empty the storage for received messages, then rest."""
    STOP = "stop"
    """Submit nothing until a person says so."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the part and its modem."""

    state: State
    """SENT or IN_DOUBT speak of this part (its message may have others); QUEUED: once more; or FAILED."""
    spent: bool
    """Whether the try counts as one of the message's attempts."""
    delay: float
    """Seconds until the next try, for QUEUED."""
    wait_reason: str | None
    reaction: Reaction
    rest: float
    error: str | None
    """As ``MessageView.error``."""
    error_text: str | None
    failing: bool
    """Whether the modem's count of faults in a row goes up (else it starts again at none)."""
    stop_reason: str | None = None
    """Why the modem stops, for people, where the reaction is STOP."""
    refused: bool = False
    """Whether the network, or the modem, refused this recipient for good."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the decision depends on besides the outcome."""

    spent: int
    """Tries of the part before this one that count."""
    faults: int
    """Tries of the message before this one that failed, whether they count or not."""
    failing: int
    """Faults in a row of this modem before this try."""
    rejects_duplicates: bool
    """Whether TP-RD was set, so that code 197 proves an earlier copy."""
    repeats: int = 0
    """How often in a row, before this try, the modem gave the fault that it gave now."""
    refused_others: int = 0
    """Other recipients that this modem saw refused for good, since it last had a part accepted."""


_ACCEPTED = Decision(State.SENT, False, 0.0, None, Reaction.GO_ON, 0.0, None, None, False)


def decide(outcome: Outcome, standing: Standing, settings: QueueSettings, rng: random.Random) -> Decision:
    """What becomes of a part whose try ended in ``outcome``."""
    match outcome:
        case Accepted():
            return _ACCEPTED
        case Unknown():
            return _after_silence(outcome, standing)
        case Refused():
            return _after_refusal(outcome, standing, settings, rng)


def _rest(standing: Standing) -> float:
    return exponential(standing.failing + 1, first=REST_FIRST, cap=REST_CAP)


def _after_silence(outcome: Unknown, standing: Standing) -> Decision:
    """The line died or time ran out. The link restarts by itself; the modem's state decides when it is used again."""
    doubt = outcome.phase is Phase.SUBMITTED
    # It answers, or the line would be gone, and yet takes no message: a rung of the ladder each time from now on.
    mute = not doubt and standing.failing + 1 >= _MUTE
    return Decision(
        state=State.IN_DOUBT if doubt else State.QUEUED,
        spent=False,
        delay=0.0,
        wait_reason=None,
        reaction=Reaction.RECOVER if mute else Reaction.REST,
        rest=_rest(standing),
        error="unknown",
        error_text=outcome.reason,
        failing=True,
    )


def _after_refusal(
    outcome: Refused, standing: Standing, settings: QueueSettings, rng: random.Random
) -> Decision:
    fault = outcome.fault
    if fault.sent_if_rd and standing.rejects_duplicates:
        return _ACCEPTED
    since_submit = outcome.seconds if outcome.phase is Phase.SUBMITTED else None
    # A fault that no message pays for is counted with the modem: it may hit a different message each time.
    tries = 1 + (standing.spent if fault.spends_attempt else standing.repeats)
    fault_class = fault.reaction(seconds_since_ctrl_z=since_submit, tries=tries)
    own = fault.spends_attempt or (fault.scope is Scope.NETWORK and standing.failing == 0)
    failing = not fault.spends_attempt
    state, delay, spent = State.QUEUED, 0.0, False
    match fault_class:
        case FaultClass.DOUBT:
            state = State.IN_DOUBT
        case FaultClass.PERMANENT:
            state, spent = State.FAILED, True
        case FaultClass.SOON | FaultClass.LATER:
            spent = own
            delay = _delay(fault_class, standing, settings, rng)
            if spent and standing.spent + 1 >= settings.attempts:
                state = State.FAILED
        case FaultClass.RESET | FaultClass.HOUSEKEEPING | FaultClass.STOP:
            # The next try waits for the modem; a delay of its own lets other messages try meanwhile, in case
            # it is this message that upsets the modem.
            delay = _delay(FaultClass.SOON, standing, settings, rng) if standing.faults else 0.0
    reaction = _modem_reaction(fault, fault_class, rests=not own)
    refused = fault_class is FaultClass.PERMANENT and not _blames_the_number(fault)
    decision = Decision(
        state=state,
        spent=spent,
        delay=delay if state is State.QUEUED else 0.0,
        wait_reason="retry" if state is State.QUEUED and delay else None,
        reaction=reaction,
        rest=_rest(standing) if reaction in (Reaction.REST, Reaction.RECOVER, Reaction.FREE) else 0.0,
        error=fault.name,
        error_text=fault.text,
        failing=failing,
        stop_reason=f"{fault.name}: {fault.text}" if reaction is Reaction.STOP else None,
        refused=refused,
    )
    if refused and standing.refused_others + 1 >= REFUSED_RECIPIENTS:
        return _stopping(decision, fault)
    return decision


def _blames_the_number(fault: Fault) -> bool:
    """Whether the refusal says that this number can't be reached by anybody: then it says nothing about the SIM.

    "Call barred" is about a destination, and is also what a SIM gets that is barred from all of them.
    """
    return fault.scope is Scope.RECIPIENT and (fault.kind, fault.code) != ("cms", 10)


def _stopping(decision: Decision, fault: Fault) -> Decision:
    """Instead of failing one message after the other: the modem stops, and this one waits for a person."""
    reason = (
        f"{REFUSED_RECIPIENTS} recipients in a row were refused for good, the last with {fault.name} "
        f"({fault.text}): look at the SIM, its credit and its service centre"
    )
    return replace(
        decision, state=State.QUEUED, spent=False, reaction=Reaction.STOP, rest=0.0, stop_reason=reason
    )


def _delay(fault_class: FaultClass, standing: Standing, settings: QueueSettings, rng: random.Random) -> float:
    """Seconds until the next try: the configured row by the number of failures, from its second place for LATER."""
    failures = standing.faults + (1 if fault_class is FaultClass.LATER else 0)
    row = settings.retry_delays
    return jittered(row[min(failures, len(row) - 1)], rng)


def _modem_reaction(fault: Fault, fault_class: FaultClass, *, rests: bool) -> Reaction:
    if fault_class is FaultClass.STOP:
        return Reaction.STOP
    if fault_class is FaultClass.RESET or fault.fault_class is FaultClass.RESET:
        return Reaction.RECOVER
    if fault_class is FaultClass.HOUSEKEEPING:
        return Reaction.FREE
    return Reaction.REST if rests else Reaction.GO_ON
