"""Which misfortunes a seed brings, and how likely each is.

Swarm testing: each seed switches a random subset on, because a world in which everything always goes wrong hides
what goes wrong only when the rest works.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields


@dataclass
class Weather:
    """Probabilities of each fault, for one submit or one minute; 0 where the seed leaves it out."""

    refuse: float = 0.0
    """The network or the modem refuses with a random code."""
    lose_answer: float = 0.0
    """The network takes the part, the answer never comes."""
    black_hole: float = 0.0
    """Neither is it taken nor answered."""
    late_answer: float = 0.0
    """Of the lost answers: comes after the modem side has given up."""
    slow: float = 0.0
    """The answer takes longer than the radio's timer."""
    no_prompt: float = 0.0
    garble: float = 0.0
    """Of a line that the modem says: it is damaged, missing or doubled."""
    unplug: float = 0.0
    """Of a submit: the port vanishes in the middle of it."""
    vanish: float = 0.0
    """Of a minute: the modem is away for a while."""
    swap_sim: float = 0.0
    """Of a minute."""
    crash: float = 0.0
    """Of a minute: the daemon is killed, and started again a little later."""
    kill: float = 0.0
    """Of a submit, and of whatever arrives: the daemon is killed within seconds."""
    move_clock: float = 0.0
    """Of a minute: the wall clock is set by minutes or hours, forward or back."""
    forget_reference: float = 0.0
    """Of a submit: the modem begins to count TP-MR anew."""
    strangers: float = 0.0
    """Of a submit: somebody else sends through the same SIM, and the report comes to us."""
    lose_report: float = 0.0
    double_report: float = 0.0
    delay_report: float = 0.0
    try_for_long: float = 0.0
    """Of a report: others come before it, which say that the service centre is still trying."""
    shift_zone: float = 0.0
    """The service centre's clock is in another zone than it says."""
    rewrite_number: float = 0.0
    """The report writes the recipient's number in another way."""
    early_report: float = 0.0
    """The report comes before the answer to the submit."""
    lose_part: float = 0.0
    """Of a part that somebody sends to one of our SIMs: the network has lost it."""
    double_part: float = 0.0
    """Of such a part: the network delivers it again."""
    delay_part: float = 0.0
    annoy: float = 0.0
    """Of a part that the network takes: its recipient answers STOP."""

    @classmethod
    def of(cls, rng: random.Random) -> Weather:
        """The weather of a seed."""
        return cls(
            **{
                field.name: rng.random() * _CEILINGS[field.name] if rng.random() < 0.4 else 0.0
                for field in fields(cls)
            }
        )

    def clear(self) -> None:
        """From now on nothing goes wrong any more."""
        for field in fields(self):
            setattr(self, field.name, 0.0)


_CEILINGS = {
    "refuse": 0.3,
    "lose_answer": 0.1,
    "black_hole": 0.1,
    "late_answer": 0.5,
    "slow": 0.05,
    "no_prompt": 0.1,
    "garble": 0.05,
    "unplug": 0.1,
    "vanish": 0.02,
    "swap_sim": 0.002,
    "crash": 0.02,
    "kill": 0.15,
    "move_clock": 0.01,
    "forget_reference": 0.1,
    "strangers": 0.2,
    "lose_report": 0.5,
    "double_report": 0.3,
    "delay_report": 0.3,
    "try_for_long": 0.3,
    "shift_zone": 0.5,
    "rewrite_number": 0.8,
    "early_report": 0.3,
    "lose_part": 0.1,
    "double_part": 0.3,
    "delay_part": 0.3,
    "annoy": 0.3,
}
