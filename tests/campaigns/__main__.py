"""`python -m tests.campaigns NAME`: run a campaign as long as it is wanted, or replay what failed in one."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable

import structlog


def _simulation(wanted: argparse.Namespace) -> bool:
    from tests.campaigns import simulation

    days = range(wanted.first, wanted.first + wanted.seeds)
    return simulation.run(days if wanted.seed is None else [wanted.seed])


def _kill(wanted: argparse.Namespace) -> bool:
    from tests.campaigns import kill
    from tests.campaigns.life import Stage

    if wanted.seed is not None:
        return kill.run([kill.Moments(wanted.seed)])
    if wanted.call is not None:
        return kill.run([kill.Points(Stage(wanted.stage), wanted.call, wanted.when, last=wanted.when)])
    return kill.run(kill.short() if wanted.short else kill.long(wanted.kills))


def _octets(wanted: argparse.Namespace) -> bool:
    from tests.campaigns import octets

    if wanted.case is not None:
        return octets.run([octets.Case.parse(wanted.case)])
    return octets.run(list(octets.cases(range(wanted.seeds) if wanted.seed is None else [wanted.seed])))


def _codes(wanted: argparse.Namespace) -> bool:
    from tests.campaigns import codes

    return codes.run(wanted.case)


def _stateful(wanted: argparse.Namespace) -> bool:
    from tests.campaigns import stateful

    began, failed = time.monotonic(), 0
    size = f"--examples {wanted.examples} --steps {wanted.steps}"
    try:
        stateful.run(wanted.examples, wanted.steps)
    except Exception as failure:  # noqa: BLE001 - whatever it is, the model and the queue disagree
        failed = 1
        # Hypothesis keeps what failed in .hypothesis, and tries that first.
        print(f"FAILED {failure!r}\n  replay: python -m tests.campaigns stateful {size}")
    seconds = time.monotonic() - began
    print(
        f"stateful: {wanted.examples} lives of {wanted.steps} steps at most; {failed} failed; {seconds:.0f} s"
    )
    return not failed


CAMPAIGNS: dict[str, Callable[[argparse.Namespace], bool]] = {
    "simulation": _simulation,
    "kill": _kill,
    "octets": _octets,
    "codes": _codes,
    "stateful": _stateful,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    simulated = names.add_parser("simulation", help="simulated days, with every fault there is")
    simulated.add_argument("--seeds", type=int, default=20_000, help="how many days (default: 20,000)")
    simulated.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    simulated.add_argument("--seed", type=int, help="only this one")
    _add_kill(names.add_parser("kill", help="kill -9 of the real daemon"))
    octets = names.add_parser("octets", help="a fault at every octet of a submit's dialogue")
    octets.add_argument("--seeds", type=int, default=10, help="how often to draw the faults (default: 10)")
    octets.add_argument("--seed", type=int, help="only this draw")
    octets.add_argument("--case", help="only this fault, as a failure names it")
    codes = names.add_parser("codes", help="every +CMS and +CME code at every point of the dialogue")
    codes.add_argument("--case", help="only this one, as a failure names it")
    stateful = names.add_parser("stateful", help="the queue against a model of it")
    stateful.add_argument("--examples", type=int, default=5_000, help="how many lives (default: 5,000)")
    stateful.add_argument("--steps", type=int, default=100, help="steps of each (default: 100)")
    names.add_parser("all", help="all of them, in their long forms")
    return parser


def _add_kill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=2_000, help="kills at random moments (default: 2,000)")
    parser.add_argument("--short", action="store_true", help="only what `make test` does")
    parser.add_argument("--seed", type=int, help="only the moments of this seed")
    parser.add_argument(
        "--stage", default="sending", help="first-start, sending (default), restart or stopping"
    )
    parser.add_argument("--call", help="only at this system call of that stage, as a failure names it")
    parser.add_argument("--when", type=int, default=1, help="which of these calls, from 1")


def main() -> int:
    """Return 0 where everything held, 1 where something failed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    parser = _parser()
    wanted = parser.parse_args()
    if wanted.name != "all":
        return not CAMPAIGNS[wanted.name](wanted)
    held = [CAMPAIGNS[name](parser.parse_args([name])) for name in CAMPAIGNS]
    return not all(held)


if __name__ == "__main__":
    sys.exit(main())
